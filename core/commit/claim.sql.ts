import { sql, type SQL } from "drizzle-orm";
import { instantOrNull } from "../base/instant-or-null.ts";
import type { Change, Moment } from "./decision.ts";
import { listedDrafts } from "./drafts.sql.ts";

/**
 * A claim as a call of a database function. `given`: the arguments, in the order of the function's parameters. Each argument
 * replaces the values of one meaning in the change's statement.
 */
export type ClaimCall = { readonly name: string; readonly given: Readonly<Record<string, string | null>> };

/** The members of a change, and of its claim, that the function's statement covers. */
const known: ReadonlySet<string> = new Set<keyof Change>(["licenseId", "guard", "heldBy", "set", "releases", "claim", "isFirstSeat", "events", "extra"]);
const knownOfClaim: ReadonlySet<string> = new Set<keyof NonNullable<Change["claim"]>>(["activationId", "fingerprint", "name", "leaseUntil", "fileUntil"]);

/**
 * The call for a claim of the commonest kind; undefined for every other change. The claims of a starting fleet wait in line for their
 * license. Planning the statement is two thirds of a claim's cost, and would hold up the line. A session keeps the plan of a function,
 * and one call takes the locks and makes the change. A function whose statement changes gets another name, by a migration: see
 * `infra/claim-functions.ts`.
 */
export function claimCall(change: Change, moment: Moment): ClaimCall | undefined {
  const { guard, claim, heldBy } = change;
  if (claim === undefined || guard.kind !== "seat-free" || !isPlain(change)) return undefined;
  const given = {
    license: change.licenseId,
    drafts: listedDrafts(change, moment),
    policy: guard.policyId,
    starts_at: instantOrNull(guard.startsAt),
    lease: guard.lease,
    activation: claim.activationId,
    fingerprint: claim.fingerprint,
    name: claim.name,
    lease_until: instantOrNull(claim.leaseUntil),
    file_until: instantOrNull(claim.fileUntil ?? null),
    actor_type: moment.actor.type,
    actor_id: moment.actor.id,
    request: moment.requestId,
    extra: JSON.stringify(change.extra ?? {}),
    now: moment.now.toISOString(),
  };
  return heldBy?.keyDigest === undefined ? { name: "claim_v1", given } : { name: "claim_by_key_v1", given: { ...given, key: heldBy.keyDigest } };
}

/** Whether the function's statement writes this change. An unknown member means no, because it may belong in the statement. */
function isPlain(change: Change): boolean {
  const { claim, events, heldBy, releases, set } = change;
  return hasOnly(change, known) && hasOnly({ ...claim }, knownOfClaim) && isOwn(change.licenseId, heldBy)
    && events.length > 0 && Object.keys(set).length === 0 && !releases.some(({ isCounted }) => isCounted === true);
}

/** Whether a function can check `heldBy`: it is absent, or demands a key with a scope that covers this license. */
function isOwn(licenseId: string, heldBy: Change["heldBy"]): boolean {
  if (heldBy === undefined) return true;
  const { scope, keyDigest } = heldBy;
  return keyDigest !== undefined && (scope.kind === "all" || (scope.kind === "license" && scope.licenseId === licenseId));
}

function hasOnly(value: object, names: ReadonlySet<string>): boolean {
  return Object.entries(value).every(([name, member]) => member === undefined || names.has(name));
}

/** Selects the change's `document`. No row: the guard didn't hold. */
export function claimStatement({ name, given }: ClaimCall): SQL {
  return sql`select document from licensing.${sql.identifier(name)}(${sql.join(Object.values(given).map((value) => sql`${value}`), sql`, `)}) as document`;
}
