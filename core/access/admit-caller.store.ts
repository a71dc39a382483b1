import type { Runtime } from "../platform/runtime.ts";
import type { Caller } from "./actor.ts";
import { authenticate } from "./authenticate.store.ts";
import type { Authorization } from "./license-caller.ts";
import { authorize, prepareToAuthorize, scopeOfAny } from "./authorize.store.ts";
import type { Permission } from "./permission.ts";
import { refuseCredential } from "./refusals.ts";

/**
 * Authenticates and authorizes a caller: its actor, and the licenses that the permission lets it see. `any` admits every valid
 * credential. Throws unauthenticated, permission-denied, dependency-unavailable.
 */
export async function admitCaller(runtime: Runtime, authorization: Authorization | undefined, permission: Permission | "any"): Promise<Caller> {
  if (authorization?.scheme !== "license") prepareToAuthorize(runtime);
  const actor = (await authenticate(runtime, authorization)) ?? refuseCredential();
  return { actor, scope: await (permission === "any" ? scopeOfAny(runtime, actor) : authorize(runtime, actor, permission)) };
}
