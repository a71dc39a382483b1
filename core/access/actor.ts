/** Who is asking, after authentication, and whose licenses they may see, after authorization. */

export type Holder = { readonly type: string; readonly id: string };

export type Actor =
  /** A person or program with a token. `roles` come from the token; `PolicyDefinition` may add more. */
  | { readonly type: "user"; readonly id: string; readonly roles: readonly string[]; readonly holders: readonly Holder[] }
  /** A service credential (HTTP Basic). */
  | { readonly type: "service"; readonly id: string; readonly roles: readonly string[] }
  /** An application acting for its own license. */
  | { readonly type: "license"; readonly id: string }
  /** Scheduled work; never comes from outside. */
  | { readonly type: "system"; readonly id: string };

/** What of the licenses a caller may see: a predicate in every query, never a check afterwards. */
export type Scope =
  | { readonly kind: "all" }
  | { readonly kind: "license"; readonly licenseId: string }
  | { readonly kind: "holders"; readonly holders: readonly Holder[] };

/** The caller, decided: what functions and stores are given. */
export type Caller = { readonly actor: Actor; readonly scope: Scope };

/** A `License` credential not yet looked up, for a function that does it in its own round trip; unknown there: 401. */
export type LicenseKeyCaller = { readonly licenseKeyDigest: string };

/** The principal's name in idempotency rows, rate limits and logs: the type keeps kinds apart. */
export function principalOf(actor: Actor): string {
  return `${actor.type}:${actor.id}`;
}
