import { randomBytes } from "node:crypto";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { generateKey } from "@licensing/core/access/license-key.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { handler } from "../../../functions/licenses/validate.ts";
import { lambdaFunction } from "../../../infra/local/lambda/function.ts";
import { startMachine } from "../../../infra/local/machine/machine.ts";
import { routes } from "../../../infra/routes.ts";
import { gatewayEvent } from "../../support/gateway-event.ts";
import { base, createCall } from "../../support/service.ts";
import { startReplay } from "./replay.ts";

/** A function's surroundings: a database, Redis and key set that at once repeat the real ones' answers. */
export type Scene = {
  readonly environment: Readonly<Record<string, string>>;
  /** The number of licenses in turn, so that none reaches its rate limit. */
  readonly events: Readonly<Record<"license" | "bearer", readonly APIGatewayProxyEventV2[]>>;
  readonly close: () => void;
};

const callsRecorded = 3;
const licenses = 40;

/** Records a license's answers from the whole service on one machine, then stops that service. */
export async function createScene(): Promise<Scene> {
  const machine = await startMachine({ file: null, print: () => undefined });
  try {
    const token = await machine.issuer.mint({ sub: "bench", roles: ["licensing-admin"], expiresIn: 86_400 });
    const call = createCall(machine.origin, () => Promise.resolve(token));
    const issued = await call("POST", `${base}/licenses`, { body: { policy: "free-trial", holder: { type: "user", id: "bench" } } });
    const fingerprint = "a-machine-of-the-bench";
    await call("POST", `${base}/activations`, { body: { licenseId: issued.body.license.id, fingerprint } });
    const database = new URL(machine.environment["APP_ENV_DATABASE_URL"] ?? "");
    const replay = await startReplay({
      sql: `http://${database.host}`,
      ".well-known": new URL(machine.issuer.jwksUrl).origin,
    }, asJustTouched);
    const environment = environmentAt(replay.origin, machine.environment);
    const event = (authorization: string, body: object) => gatewayEvent({ routeKey: `POST ${base}/licenses/validate`, headers: { authorization }, body });
    // The answers recorded for the first key are given for every key.
    const keys = [issued.body.key as string, ...Array.from({ length: licenses - 1 }, () => generateKey("TRIAL", (bytes) => randomBytes(bytes)))];
    const events = {
      license: keys.map((key) => event(`License ${key}`, { fingerprint })),
      bearer: keys.map((key) => event(`Bearer ${token}`, { key, fingerprint })),
    };
    const runtime = createRuntime({ environment, print: () => undefined });
    for (let call = 0; call < callsRecorded; call += 1) {
      for (const [recorded] of Object.values(events)) if (recorded !== undefined) await handler(recorded, {}, runtime);
    }
    runtime.transport.close();
    replay.stopRecording();
    return { environment: { ...environment, BENCH_SQL_URL: `${replay.origin}/sql`, BENCH_DATABASE_URL: "postgres://u:p@localhost/d" }, events, close: replay.close };
  } finally {
    await machine.close();
  }
}

/**
 * Marks the license as validated a moment ago, however long the run takes: of many calls in a minute only one writes that, and the
 * others are measured.
 */
function asJustTouched(text: string): string {
  const later = new Date(Date.now() + 86_400_000).toISOString();
  return text.replaceAll(/\\"(last_validated_at|last_seen_at)\\": (?:null|\\"[^"\\]*\\")/g, `\\"$1\\": \\"${later}\\"`);
}

/** The deployed function's own variables, with the replay in place of the services. */
function environmentAt(origin: string, environment: Readonly<Record<string, string>>): Record<string, string> {
  const { host } = new URL(origin);
  const row = routes.find((route) => route.function === "licenses/validate");
  if (row === undefined) throw new Error("there is no route for validate");
  const database = new URL(environment["APP_ENV_DATABASE_URL"] ?? "");
  database.host = host;
  const { environment: granted } = lambdaFunction(row, { bundles: "", environment });
  return {
    ...granted,
    APP_ENV_DATABASE_URL: database.href,
    APP_ENV_UPSTASH_REDIS_REST_URL: origin,
    APP_ENV_IDENTITY_JWKS_URL: `${origin}/.well-known/jwks.json`,
  };
}
