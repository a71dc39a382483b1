import { sql, type SQL } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";
import { activationJson, isSeatVisible, live, ownIds, visible } from "../license/license.sql.ts";
import type { Row } from "../platform/database.ts";
import type { Runtime } from "../platform/runtime.ts";
import { activationFrom, type Activation, type ActivationRow } from "./activation.ts";

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

/** `listActivations` for one license. Undefined: the license doesn't exist or isn't in the scope. */
export async function listActivationsOfLicense(
  runtime: Runtime,
  question: ActivationListQuestion & { readonly licenseId: string },
): Promise<readonly Activation[] | undefined> {
  const conditions = [sql`a.license_id = l.id`, isSeatVisible(question.scope, sql`a`), ...conditionsOf(question)];
  const page = sql`select a.* from licensing."Activation" a where ${sql.join(conditions, sql` and `)} order by a.id desc limit ${question.limit + 1}`;
  // A license without matching activations yields one row without an activation; a missing license yields no row.
  const [rows = []] = await runtime.database.read(sql`
    select ${activationJson(sql`a`)} as activation from licensing."License" l left join lateral (${page}) a on true
    where l.id = ${question.licenseId}::bigint and ${visible(question.scope, sql`l`)} order by a.id desc`);
  if (rows.length === 0) return undefined;
  return rows.filter((row) => row["activation"] !== null).map(activationOf);
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
