import type { Runtime } from "../platform/runtime.ts";
import type { Caller } from "./actor.ts";
import { authenticate } from "./authenticate.store.ts";
import type { Authorization } from "./license-caller.ts";
import { authorize, prepareToAuthorize } from "./authorize.store.ts";
import { prepareTokenKeys } from "./jwks.store.ts";
import type { Permission } from "./permission.ts";
import { prepareRules } from "./rules.store.ts";
import { refuseCredential } from "./refusals.ts";

/**
 * Authenticates and authorizes a caller: its actor, and the licenses that the permission lets it see. Throws unauthenticated,
 * permission-denied, dependency-unavailable.
 */
export async function admitCaller(runtime: Runtime, authorization: Authorization | undefined, permission: Permission): Promise<Caller> {
  if (authorization?.scheme !== "license") prepareToAuthorize(runtime);
  const actor = (await authenticate(runtime, authorization)) ?? refuseCredential();
  return { actor, scope: await authorize(runtime, actor, permission) };
}

/** Reads the rules and the keys of tokens before the first caller needs them. Never rejects: the first caller repeats a failed read. */
export async function prepareToAdmit(runtime: Runtime): Promise<void> {
  const { database, identity } = runtime.config;
  await Promise.all([
    ...(database === undefined ? [] : [prepareRules(runtime)]),
    ...(identity === undefined ? [] : [prepareTokenKeys(runtime)]),
  ]);
}
