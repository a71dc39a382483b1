import { sql } from "drizzle-orm";
import type { Database, Row } from "@licensing/core/platform/database.ts";

/**
 * A license's state from its trail, by a model of a few lines: every event must be possible in its place, and the last state must
 * equal the tables. It shares no code with the service's decisions, so that the two can disagree.
 */
type Model = { status: string; limit: number | null; readonly seats: Map<string, string>; readonly leases: ReadonlyMap<string, string> };

type Event = { readonly type: string; readonly sequence: number; readonly at: string; readonly changes: Readonly<Record<string, readonly [unknown, unknown]>> };

/** The stored states in which a verb is possible, and the state after it. */
const transitions: Readonly<Record<string, { readonly from: readonly string[]; readonly to?: string }>> = {
  activated: { from: ["ACTIVATED", "EXPIRED"] },
  deactivated: { from: ["ACTIVATED", "EXPIRED", "SUSPENDED", "REVOKED"] },
  suspended: { from: ["ACTIVATED", "EXPIRED"], to: "SUSPENDED" },
  reinstated: { from: ["SUSPENDED"], to: "ACTIVATED" },
  renewed: { from: ["ACTIVATED", "EXPIRED", "SUSPENDED"] },
  expired: { from: ["ACTIVATED"], to: "EXPIRED" },
  revoked: { from: ["ACTIVATED", "EXPIRED", "SUSPENDED"], to: "REVOKED" },
  transferred: { from: ["ACTIVATED", "EXPIRED", "SUSPENDED"] },
  "file-issued": { from: ["ACTIVATED", "EXPIRED"] },
  updated: { from: ["ACTIVATED", "EXPIRED", "SUSPENDED"] },
};

const pageRows = 200;

/** The impossible events of the trails, and their differences from the tables. */
export async function historyFaults(database: Database): Promise<string[]> {
  const faults: string[] = [];
  for (let after = "0"; ; ) {
    const [rows = []] = await database.read(sql`select l.id::text as id, l.status, l.activation_limit as most,
        (select jsonb_agg(jsonb_build_object('type', e.type, 'sequence', e.sequence, 'changes', e.changes, 'at', e.created_at) order by e.sequence)
          from licensing."LicenseEvent" e where e.license_id = l.id) as events,
        coalesce((select jsonb_agg(a.id::text) from licensing."Activation" a where a.license_id = l.id and a.deactivated_at is null), '[]') as seats,
        coalesce((select jsonb_agg(jsonb_build_array(a.id::text, a.lease_until)) from licensing."Activation" a
          where a.license_id = l.id and a.lease_until is not null), '[]') as leases
      from licensing."License" l where l.id > ${after}::bigint order by l.id limit ${pageRows}`);
    faults.push(...rows.flatMap(faultsOfLicense));
    if (rows.length < pageRows) return faults;
    after = String(rows.at(-1)?.["id"]);
  }
}

function faultsOfLicense(row: Row): string[] {
  const model: Model = { status: "", limit: null, seats: new Map(), leases: new Map(row["leases"] as readonly (readonly [string, string])[]) };
  const events = row["events"] as readonly Event[];
  const faults = events.flatMap((event) => step(model, event).map((fault) => `license ${String(row["id"])} event ${event.sequence}: ${fault}`));
  const seats = new Set(row["seats"] as readonly string[]);
  const isSame = model.status === row["status"] && seats.size === model.seats.size && [...model.seats.keys()].every((id) => seats.has(id));
  return [...faults, ...(isSame ? [] : [`license ${String(row["id"])} is ${String(row["status"])} with ${seats.size} seats; its trail says ${model.status} with ${model.seats.size}`])];
}

function step(model: Model, { type, changes, at }: Event): string[] {
  if (type === "created") {
    model.status = "ACTIVATED";
    model.limit = limitOf(changes);
    return [];
  }
  const transition = transitions[type];
  // A seat gets another name in every status.
  const isRename = type === "updated" && changes["activation"] !== undefined;
  const possible = isRename || transition?.from.includes(model.status) === true ? [] : [`${type} while ${model.status}`];
  const status = changes["status"]?.[1];
  model.status = transition?.to ?? (typeof status === "string" ? status : model.status);
  if (changes["activationLimit"] !== undefined) model.limit = limitOf(changes);
  return [...possible, ...moveSeat(model, changes["activation"], at)];
}

type Seat = { readonly id: string; readonly fingerprint: string };

/** A seat ends with its lease, however late the trail records that, so only seats with a running lease count. */
function moveSeat({ seats, leases, limit }: Model, change: readonly [unknown, unknown] | undefined, at: string): string[] {
  if (change === undefined) return [];
  const [before, after] = change as readonly [Seat | null, Seat | null];
  if (before !== null && after !== null) return seats.has(before.id) ? [] : ["renames a seat that wasn't taken"];
  if (before !== null) return seats.delete(before.id) ? [] : ["frees a seat that wasn't taken"];
  if (after === null) return [];
  const isHeld = [...seats.values()].includes(after.fingerprint);
  seats.set(after.id, after.fingerprint);
  const live = [...seats.keys()].filter((id) => Date.parse(leases.get(id) ?? "") > Date.parse(at) || !leases.has(id)).length;
  return [...(isHeld ? ["seats a machine twice"] : []), ...(limit !== null && live > limit ? [`takes seat ${live} of ${limit}`] : [])];
}

function limitOf(changes: Event["changes"]): number | null {
  const limit = changes["activationLimit"]?.[1];
  return typeof limit === "number" ? limit : null;
}
