import { sql, type SQL } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";
import { activationJson, countedReleases, isSeatVisible, live, ownIds, visible } from "../license/license.sql.ts";
import type { Row } from "../platform/database.ts";
import type { Runtime } from "../platform/runtime.ts";
import { activationFrom, type Activation, type ActivationRow, type Releases } from "./activation.ts";

type ActivationFilters = {
  readonly fingerprint?: string | undefined;
  /** `live`: the seat is live at `now`. `freed`: the seat was deactivated, or its lease has run out. */
  readonly state?: "live" | "freed" | undefined;
};

type ActivationListQuestion = {
  readonly filters: ActivationFilters;
  readonly scope: Scope;
  readonly now: Date;
  /** Only activations with lower ids are listed. Undefined: the list begins with the newest. */
  readonly before: string | undefined;
  readonly limit: number;
};

/** Up to `limit + 1` activations of the licenses in the caller's scope, newest first. */
export async function listActivations(
  runtime: Runtime,
  question: ActivationListQuestion & { readonly licenseId: string | undefined },
): Promise<readonly Activation[]> {
  const { licenseId, scope, limit } = question;
  const owned = ownIds(scope);
  const conditions = [
    visible(scope, sql`l`),
    isSeatVisible(scope, sql`a`),
    ...(owned === undefined ? [] : [sql`a.license_id = any (array(${owned}))`]),
    ...(licenseId === undefined ? [] : [sql`a.license_id = ${licenseId}::bigint`]),
    ...conditionsOf(question),
  ];
  const [rows = []] = await runtime.database.read(sql`
    select ${activationJson(sql`a`)} as activation
    from licensing."Activation" a join licensing."License" l on l.id = a.license_id
    where ${sql.join(conditions, sql` and `)} order by a.id desc limit ${limit + 1}`);
  return rows.map(activationOf);
}

type ActivationsOfLicense = {
  readonly activations: readonly Activation[];
  /** The caller's releases and their limit. Null: the license allows any number. Undefined: the term doesn't bind the caller. */
  readonly releases: Releases | null | undefined;
};

/** `listActivations` for one license. Undefined: the license doesn't exist or isn't in the scope. */
export async function listActivationsOfLicense(
  runtime: Runtime,
  question: ActivationListQuestion & { readonly licenseId: string },
): Promise<ActivationsOfLicense | undefined> {
  const { scope, licenseId, limit, now } = question;
  const conditions = [sql`a.license_id = l.id`, isSeatVisible(scope, sql`a`), ...conditionsOf(question)];
  const page = sql`select a.* from licensing."Activation" a where ${sql.join(conditions, sql` and `)} order by a.id desc limit ${limit + 1}`;
  const isBound = scope.kind !== "all";
  // `offset 0` keeps the count in a step of its own, so that it is made once and not for each seat.
  const counted = isBound ? sql` cross join lateral (select l.releases || ${countedReleases(now)} as releases offset 0) r` : sql``;
  // A license without matching activations yields one row without an activation; a missing license yields no row.
  const [rows = []] = await runtime.database.read(sql`
    select ${activationJson(sql`a`)} as activation${isBound ? sql`, r.releases` : sql``}
    from licensing."License" l${counted} left join lateral (${page}) a on true
    where l.id = ${licenseId}::bigint and ${visible(scope, sql`l`)} order by a.id desc`);
  const [first] = rows;
  if (first === undefined) return undefined;
  const activations = rows.filter((row) => row["activation"] !== null).map(activationOf);
  return { activations, releases: isBound ? releasesFrom(first["releases"] as ReleasesRow | null) : undefined };
}

type ReleasesRow = { readonly limit: number; readonly period: string; readonly used: number; readonly next: string | null };

function releasesFrom(row: ReleasesRow | null): Releases | null {
  if (row === null) return null;
  const { used, limit, period, next } = row;
  return { used, limit, period, nextAt: next === null ? null : new Date(next) };
}

/** Reads one activation. Undefined: it doesn't exist or isn't in the scope. */
export async function readActivation(
  runtime: Runtime,
  { activationId, scope }: { readonly activationId: string; readonly scope: Scope },
): Promise<Activation | undefined> {
  const [rows = []] = await runtime.database.read(sql`
    select ${activationJson(sql`a`)} as activation
    from licensing."Activation" a join licensing."License" l on l.id = a.license_id
    where a.id = ${activationId}::bigint and ${visible(scope, sql`l`)} and ${isSeatVisible(scope, sql`a`)}`);
  return rows[0] === undefined ? undefined : activationOf(rows[0]);
}

function conditionsOf({ filters, before, now }: ActivationListQuestion): readonly SQL[] {
  const { fingerprint, state } = filters;
  return [
    ...(before === undefined ? [] : [sql`a.id < ${before}::bigint`]),
    ...(fingerprint === undefined ? [] : [sql`a.fingerprint = ${fingerprint}`]),
    ...(state === undefined ? [] : [state === "live" ? live(sql`a`, now) : sql`not ${live(sql`a`, now)}`]),
  ];
}

function activationOf(row: Row): Activation {
  return activationFrom(row["activation"] as ActivationRow);
}
