
export type Holder = { readonly type: string; readonly id: string };

export type Actor =
  /** A person or program with a token. `roles` come from the token; rules may add more. */
  | { readonly type: "user"; readonly id: string; readonly roles: readonly string[]; readonly holders: readonly Holder[] }
  /** A service credential (HTTP Basic). */
  | { readonly type: "service"; readonly id: string; readonly roles: readonly string[] }
  /** An application with its own license's key. */
  | { readonly type: "license"; readonly id: string; readonly keyDigest: string }
  /** Scheduled work; no outside credential makes this actor. */
  | { readonly type: "system"; readonly id: string };

/** The licenses that a caller may see: a predicate in every query, never a check afterwards. */
export type Scope =
  | { readonly kind: "all" }
  | { readonly kind: "license"; readonly licenseId: string; readonly keyDigest: string }
  | { readonly kind: "holders"; readonly holders: readonly Holder[] };

/** An authenticated and authorized caller, as functions and stores get it. */
export type Caller = { readonly actor: Actor; readonly scope: Scope };

/**
 * A `License` credential that wasn't looked up yet, for a function that looks it up in its own round trip and answers 401 if it
 * is unknown.
 */
export type LicenseKeyCaller = { readonly licenseKeyDigest: string };

/** The principal's name in idempotency rows, rate limits and logs. The type keeps equal ids of different kinds apart. */
export function principalOf(actor: Actor): string {
  return `${actor.type}:${actor.id}`;
}
