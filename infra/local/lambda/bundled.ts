import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { existsSync } from "node:fs";
import path from "node:path";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { routes, schedules } from "../../routes.ts";
import type { Route } from "../../routes.ts";
import type { Invoke } from "./gateway.ts";
import { lambdaFunction } from "./function.ts";
import { createLambdaPool, PoolFullError } from "./pool.ts";
import type { PoolOptions } from "./pool.ts";
import { FunctionFault, payloadBytesMax } from "./runtime-api.ts";
import type { Environment, Invoker } from "./invoker.ts";
import { startParameterStore } from "./parameter-store.ts";
import type { RunSchedule } from "./scheduler.ts";
import { localRegion, newRole, roleVariables, type Role } from "./signed-request.ts";

export type BundledOptions = Partial<PoolOptions> & {
  readonly environment: Environment;
  readonly runtime: Runtime;
  /** The folder of `<function>/bundle.mjs`; default: the output of `npm run rebuild`. */
  readonly bundles?: string;
  /** Default: the route table, and the schedules with it. */
  readonly table?: readonly Route[];
};

const built = path.join(import.meta.dirname, "../../../.build/functions");

/**
 * Calls the functions as deployed: their bundles, each in processes of its own that speak the Lambda Runtime API and have only the
 * settings of their row's touches. Throws an error that names missing bundles.
 */
export async function invokeBundled(options: BundledOptions): Promise<Invoker> {
  const { runtime, bundles = built, table } = options;
  const rows = table ?? [...routes, ...schedules];
  const missing = rows.filter((row) => !existsSync(path.join(bundles, row.function, "bundle.mjs")));
  if (missing.length > 0) throw new Error(`No bundle of ${missing.map((row) => row.function).join(", ")} in ${bundles}. Run npm run rebuild first.`);
  const sealed = await sealSigningKey(withCertificateSettings(options.environment, runtime));
  const targets = new Map(rows.map((row) => [row.function, lambdaFunction(row, { bundles, ...sealed })]));
  const pool = createLambdaPool({ ...options, print: options.print ?? ((line) => void process.stderr.write(`${line}\n`)) });
  const invoke: Invoke = async (route, event) => {
    const target = targets.get(route.function);
    if (target === undefined) return refusal(500, "Internal Server Error");
    if (Buffer.byteLength(JSON.stringify(event)) > payloadBytesMax) return refusal(413, "Request Entity Too Large");
    try {
      return (await pool.invoke(target, event)) as APIGatewayProxyStructuredResultV2;
    } catch (error) {
      if (error instanceof PoolFullError) return refusal(503, "Service Unavailable");
      if (!(error instanceof FunctionFault)) throw error;
      process.stderr.write(`lambda: ${target.name}: ${error.message}\n`);
      return refusal(500, "Internal Server Error");
    }
  };
  const runSchedule: RunSchedule = async (schedule) => {
    const target = targets.get(schedule.function);
    if (target !== undefined) await pool.invoke(target, {});
  };
  const close = async () => {
    await pool.close();
    await sealed.close();
  };
  return { invoke, runSchedule, close };
}

const signingKeyName = "/licensing/local/signing-key";

/** As deployed: the signing key is in a parameter store, and a function has the parameter's name and a role that may read it. */
async function sealSigningKey({ APP_ENV_LICENSING_ED25519_PRIVATE_KEY: pem, ...environment }: Environment) {
  const role = roleOf(environment);
  if (pem === undefined) return { environment, role: roleVariables(role), close: () => Promise.resolve() };
  const store = await startParameterStore({ parameters: new Map([[signingKeyName, pem]]), role, region: localRegion });
  return {
    environment: { ...environment, APP_ENV_LICENSING_ED25519_PRIVATE_KEY_PARAMETER: signingKeyName },
    role: { ...roleVariables(role), AWS_ENDPOINT_URL_SSM: store.url },
    close: store.close,
  };
}

/** The role that the machine's queue knows, if there is one. */
function roleOf({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken }: Environment): Role {
  return accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined ? newRole() : { accessKeyId, secretAccessKey, sessionToken };
}

/** The deployment sets issuer, audience and lifetime for every signer, so no function uses its default. */
function withCertificateSettings(environment: Environment, runtime: Runtime): Environment {
  const { ttlSeconds, issuer, audience } = runtime.config.certificate;
  return {
    ...environment,
    APP_ENV_LICENSING_CERT_TTL_SECONDS: String(ttlSeconds),
    APP_ENV_LICENSING_CERT_ISSUER: issuer,
    APP_ENV_LICENSING_CERT_AUDIENCE: audience,
  };
}

function refusal(statusCode: number, message: string): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify({ message }) };
}
