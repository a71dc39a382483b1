import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import type { KeyReport } from "@licensing/core/rotation/check-keys.store.ts";
import { generateKey, parsePrivateKeys } from "@licensing/core/keyring/signing-key.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { startGateway } from "../../infra/local/lambda/gateway.ts";
import { invokeInProcess } from "../../infra/local/lambda/in-process.ts";
import { routes } from "../../infra/routes.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { createCall } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { whenDone } from "../support/when-done.ts";

export type NamedKey = { readonly kid: string; readonly pem: string; readonly publicPem: string };

export function newKey(): NamedKey {
  const { privatePem, publicPem } = generateKey();
  const [key] = parsePrivateKeys(privatePem);
  if (key === undefined) throw new Error("no key");
  return { kid: key.kid, pem: privatePem, publicPem };
}

/** A process of the service that was deployed with another secret, on the same databases. */
export type Deployed = {
  readonly runtime: Runtime;
  readonly origin: string;
  readonly call: Service["call"];
  readonly printed: readonly string[];
  readonly check: () => Promise<KeyReport>;
};

export async function deploy(
  service: Service,
  keys: readonly NamedKey[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<Deployed> {
  const printed: string[] = [];
  const pem = keys.map((key) => key.pem).join("");
  const settings = { ...service.environment, APP_ENV_LICENSING_ED25519_PRIVATE_KEY: pem === "" ? undefined : pem, ...environment };
  const runtime = createRuntime({ environment: settings, now: service.clock.now, print: (line) => printed.push(line), transport: steadyTransport() });
  const gateway = await startGateway({ routes, invoke: invokeInProcess(runtime), port: 0 });
  whenDone(async () => {
    await gateway.close();
    runtime.transport.close();
  });
  const call = createCall(gateway.origin, () => service.token("admin"));
  return { runtime, origin: gateway.origin, call, printed, check: () => checkKeys(runtime) };
}

export function statesOf({ keys }: KeyReport): Readonly<Record<string, string>> {
  return Object.fromEntries(keys.map(({ kid, state }) => [kid, state]));
}

export function codesOf({ check }: KeyReport): readonly string[] {
  return check.findings.map(({ code }) => code);
}
