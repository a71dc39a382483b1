import type { Runtime } from "../platform/runtime.ts";
import type { Caller } from "./actor.ts";
import type { Presented } from "./authenticate.store.ts";
import { authenticate } from "./authenticate.store.ts";
import { authorize, prepareToAuthorize } from "./authorize.store.ts";
import { requireTokenKeys } from "./jwks.store.ts";
import type { Permission } from "./permission.ts";
import { currentRules } from "./rules.store.ts";
import { refuseCredential } from "./refusals.ts";

/**
 * Who is calling, and what of the licenses the permission lets them see. Throws unauthenticated, permission-denied,
 * rate-limited, dependency-unavailable.
 */
export async function admitCaller(runtime: Runtime, presented: Presented, permission: Permission): Promise<Caller> {
  if (presented.authorization?.scheme !== "license") prepareToAuthorize(runtime);
  const actor = (await authenticate(runtime, presented)) ?? refuseCredential();
  return { actor, scope: await authorize(runtime, actor, permission) };
}

/**
 * Reads ahead what the first caller would wait for: the rules, and the keys of tokens. What fails is tried again then,
 * also by who waited for it.
 */
export async function prepareToAdmit(runtime: Runtime): Promise<void> {
  const { database, identity } = runtime.config;
  await Promise.allSettled([
    ...(database === undefined ? [] : [currentRules(runtime, { isAhead: true })]),
    ...(identity === undefined ? [] : [requireTokenKeys(runtime, { isAhead: true })]),
  ]);
}
