import type { Replacement } from "./project-copy.ts";

/** A fault that the former container service had, made again, and the test that must fail by it. */
export type Gap = Replacement & {
  readonly name: string;
  readonly test: string;
  /** Part of the full names of the tests of that file that pass without the gap; one of them must fail with it. */
  readonly noticedBy: string;
};

const expiry: readonly Gap[] = [
  {
    name: "an expired license reads as active until a sweep has written it down",
    file: "core/license/status.ts",
    from: `isPast(expiresAtMs, nowMs) ? "EXPIRED" : "ACTIVATED"`,
    to: `isPast(expiresAtMs, nowMs) ? status : "ACTIVATED"`,
    test: "test/contract/transitions.test.ts",
    noticedBy: "of a license that is expired: EXPIRED",
  },
  {
    name: "nothing writes down that a license has expired",
    file: "core/lifecycle/sweep-candidates.store.ts",
    from: "where ${isExpiryUnrecorded(",
    to: "where false and ${isExpiryUnrecorded(",
    test: "test/contract/expire-sweep.test.ts",
    noticedBy: "is recorded as expired once, by the system",
  },
];

/** `claim_v1`, which claims without a key, comes first in this file. `claim_by_key_v1` has a longer parameter list and guard. */
const claimFunctions = "migrations/0048_claim_by_function.sql";
const claimByIdBegins = "asked_now text) RETURNS SETOF jsonb\nLANGUAGE plpgsql\nAS $$\nBEGIN\n";

const seats: readonly Gap[] = [
  {
    name: "a seat is taken without waiting for the license",
    file: claimFunctions,
    from: `${claimByIdBegins}  PERFORM FROM (with line as materialized (select pg_advisory_xact_lock(asked_license::bigint))
    select l.id from line cross join licensing."License" l where l.id = asked_license::bigint for no key update of l) AS locked;
`,
    to: claimByIdBegins,
    test: "test/concurrency/seats.test.ts",
    noticedBy: "give exactly 5 seats",
  },
  {
    name: "a seat is taken without counting those that others took meanwhile",
    file: claimFunctions,
    from: "- (select count(*) from closable where is_live))),",
    to: "- (select count(*) from closable where is_live) or true)),",
    test: "test/concurrency/seats.test.ts",
    noticedBy: "give exactly 5 seats",
  },
];

const publication: readonly Gap[] = [
  {
    name: "a changed license keeps its former certificate",
    file: "core/lifecycle/perform.store.ts",
    from: "committed.events.length === 0 ?",
    to: `committed.events.every(({ type }) => type === "updated") ?`,
    test: "test/contract/round-trips.test.ts",
    noticedBy: "to change a license",
  },
  {
    name: "there is no way to have a certificate published again",
    file: "infra/routes.ts",
    // The row stays at another address: the tests' table of verbs doesn't load without it.
    from: `{ method: "POST", path: \`\${basePath}/licenses/{licenseId}/certificate\`, function: "licenses/publish", touches: publisher },`,
    to: `{ method: "POST", path: \`\${basePath}/licenses/{licenseId}/elsewhere\`, function: "licenses/publish", touches: publisher },`,
    test: "test/faults/redis.test.ts",
    noticedBy: "publishing again on request",
  },
  {
    name: "publishing a certificate again doesn't",
    file: "core/lifecycle/republish.store.ts",
    from: "[publishAgain(committed, runtime),",
    to: `[Promise.resolve({ state: "published", sequence: committed.license.sequence } as Awaited<ReturnType<typeof publishAgain>>),`,
    test: "test/faults/redis.test.ts",
    noticedBy: "publishing again on request",
  },
];

const access: readonly Gap[] = [
  {
    name: "every authenticated caller may read licenses",
    file: "core/access/authorize.store.ts",
    from: "return scope ?? refusePermission(permission);",
    to: `return permission === "license:read" ? (scope ?? { kind: "all" }) : (scope ?? refusePermission(permission));`,
    test: "test/contract/authorize.test.ts",
    noticedBy: "an actor without a rule is refused",
  },
  {
    name: "a caller without a credential may read licenses",
    file: "functions/licenses/list.ts",
    from: `permission: "license:read"`,
    to: `permission: "public"`,
    test: "test/contract/access-matrix.test.ts",
    noticedBy: "GET /v1/api/licensing/licenses > answers each kind of caller",
  },
];

const trail: readonly Gap[] = [
  {
    name: "the audit trail is read by SQL only",
    file: "infra/routes.ts",
    from: `{ method: "GET", path: \`\${basePath}/licenses/{licenseId}/events\`, function: "events/list-of-license", touches: caller },`,
    to: "",
    test: "test/contract/events.test.ts",
    noticedBy: "has an event for each change",
  },
  {
    name: "freeing a seat writes no event",
    file: "core/commit/commit.store.ts",
    from: "kept k join chain c on c.place = k.place",
    to: "kept k join chain c on c.place = k.place and k.type <> 'deactivated'",
    test: "test/contract/transitions.test.ts",
    noticedBy: "the deactivated seat",
  },
];

const keys: readonly Gap[] = [
  {
    name: "a certificate that was skipped counts as published",
    file: "core/publication/publish.store.ts",
    from: `return { state: "skipped", reason: made`,
    to: `return { state: "published", reason: made`,
    test: "test/contract/keyring-rotation.test.ts",
    noticedBy: "skips publishing in one that doesn't",
  },
  {
    name: "nothing counts the certificates that are skipped",
    file: "core/publication/publish.store.ts",
    from: `writeMetric(runtime, "CertificatesSkipped", { value: 1 });`,
    to: "",
    test: "test/contract/keyring-rotation.test.ts",
    noticedBy: "skips publishing in one that doesn't",
  },
  {
    name: "a service without its signing key says that it is ready",
    file: "core/rotation/readiness.store.ts",
    from: `return fail("Ed25519 private key not configured");`,
    to: "return pass;",
    test: "test/contract/keyring-rotation.test.ts",
    noticedBy: "skips publishing in one that doesn't",
  },
  {
    name: "the key set has only the key that signs",
    file: "core/rotation/published-jwks.store.ts",
    from: `needed.has(kid) : state !== "compromised")`,
    to: `needed.has(kid) : state === "active")`,
    test: "test/contract/keyring-rotation.test.ts",
    noticedBy: "publishes a second key an hour before it signs",
  },
  {
    name: "a key signs as soon as it is there, before any consumer can know it",
    file: "core/rotation/states.ts",
    from: "key.verifiable === true && isPublished",
    to: "(key.verifiable ?? isPublished)",
    test: "test/contract/keyring-rotation.test.ts",
    noticedBy: "publishes a second key an hour before it signs",
  },
  {
    name: "a key is removed as soon as another signs, and its certificates can't be verified any more",
    file: "core/rotation/states.ts",
    from: "hasPassed(key.retiringAt, policy.retireAfterSeconds, now)",
    to: "hasPassed(key.retiringAt, 0 * policy.retireAfterSeconds, now)",
    test: "test/unit/keyring-rotation.test.ts",
    noticedBy: "is none while a retiring key's certificates may be in use",
  },
];

const leases: readonly Gap[] = [
  {
    name: "a heartbeat extends nothing",
    file: "core/lifecycle/lease.ts",
    from: "return seat.leaseUntil.getTime() - now.getTime() < (until.getTime() - now.getTime()) / 2;",
    to: "return false;",
    test: "test/contract/leases.test.ts",
    noticedBy: "a heartbeat > extends the lease",
  },
  {
    name: "a seat is held until it is freed",
    file: "core/lifecycle/lease.ts",
    from: "return lease === null ? null :",
    to: "return lease !== undefined ? null :",
    test: "test/contract/leases.test.ts",
    noticedBy: "holds its seat to its last millisecond, and frees it at its end",
  },
];

/** All gaps, in the order in which they were found. */
export const gaps: readonly Gap[] = [...expiry, ...seats, ...publication, ...access, ...trail, ...keys, ...leases];
