import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Database } from "@licensing/core/platform/database.ts";
import { lockId, patient } from "./migration-work.ts";

/**
 * The database roles of the application and of the key ring, with exactly the grants that they need.
 *
 * Each is a pair, of which one is current: the functions' URLs name it. A new password is given to the other one, which nobody uses,
 * and then the functions change to that one. So no instance ever holds a password that doesn't work. The former role keeps its
 * password until `lockFormerRoles`.
 */
export type Role = { readonly role: string; readonly password: string };
export type Roles = {
  /** The application's current role, if it isn't the owner. */
  readonly application?: Role | undefined;
  /** The current role of the pair that alone may write the ring of signing keys; absent: the application's may. */
  readonly keyring?: Role | undefined;
};

const secondEnding = "_2";

/** The other role of a pair: `licensing_application` and `licensing_application_2`. */
export function otherRole(role: string): string {
  return role.endsWith(secondEnding) ? role.slice(0, -secondEnding.length) : `${role}${secondEnding}`;
}

/**
 * Least privilege, alike for both roles of the pair: no DDL, DELETE only on tables whose rows may be deleted, and events can be added
 * and read but never changed.
 */
export async function grantApplication(database: Database, application: Role): Promise<void> {
  const roles = pair(application);
  await database.write(
    patient,
    ...pairStatements(application),
    sql`grant usage on schema licensing to ${roles}`,
    sql`grant usage on all sequences in schema licensing to ${roles}`,
    sql`grant select, insert, update on all tables in schema licensing to ${roles}`,
    sql`revoke update on licensing."LicenseEvent", licensing."LicenseKey", licensing."TrialLedger" from ${roles}`,
    // The need of a key may be raised, which a trigger enforces, and never removed.
    sql`revoke update on licensing."SigningKeyNeed" from ${roles}`,
    sql`grant update (needed_until) on licensing."SigningKeyNeed" to ${roles}`,
    sql`grant delete on licensing."PolicyDefinition", licensing."IdempotencyRecord", licensing."KeyCheck", licensing."Usage" to ${roles}`,
    sql`grant delete on licensing."WebhookDue", licensing."WebhookDelivery" to ${roles}`,
    sql`grant delete on licensing."Tally", licensing."TallyChange", licensing."TallyPage" to ${roles}`,
    // Makes and drops the tables of ended deliveries, week by week.
    sql`grant execute on function licensing.keep_webhook_partitions to ${roles}`,
    sql`grant usage on schema drizzle to ${roles}`,
    sql`grant select on drizzle.__drizzle_migrations to ${roles}`,
  );
}

/**
 * A pair of its own writes the key ring, so that an injected statement of the application can't add a signing key. Its roles may read
 * the tables by which they guard their changes, and no others.
 */
export async function grantKeyring(database: Database, { keyring, application }: { readonly keyring: Role; readonly application: Role | undefined }): Promise<void> {
  const roles = pair(keyring);
  const ring = sql`licensing."SigningKey", licensing."KeyringMark", licensing."KeyCheck"`;
  await database.write(
    patient,
    ...pairStatements(keyring),
    sql`grant usage on schema licensing to ${roles}`,
    sql`grant usage on sequence licensing.snowflake_sequence to ${roles}`,
    sql`grant select, insert, update on ${ring} to ${roles}`,
    sql`grant delete on licensing."KeyCheck" to ${roles}`,
    sql`grant select (kid) on licensing."CertificateDue" to ${roles}`,
    ...(application === undefined ? [] : [sql`revoke insert, update, delete on ${ring} from ${pair(application)}`]),
  );
}

/** Takes login and password from the other role of each pair, and ends its sessions. Returns the names of the locked roles. */
export async function lockFormerRoles(database: Database, { application, keyring }: Roles): Promise<readonly string[]> {
  const former = [application, keyring].filter((role) => role !== undefined).map(({ role }) => otherRole(role));
  for (const name of former) {
    const role = sql.identifier(name);
    await database.write(
      patient,
      sql`select pg_advisory_xact_lock(${lockId})`,
      sql`alter role ${role} nologin password null`,
      // Only a member of a role may end its sessions.
      sql`grant ${role} to current_user with inherit true, set false`,
      sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${name}`,
      sql`revoke ${role} from current_user granted by current_user`,
    );
  }
  return former;
}

function pair({ role }: Role): SQL {
  return sql`${sql.identifier(role)}, ${sql.identifier(otherRole(role))}`;
}

/** Statements that make both roles, and give the current one its password. The other one keeps whether it may log in. */
function pairStatements({ role, password }: Role): readonly SQL[] {
  return [
    sql`select pg_advisory_xact_lock(${lockId})`,
    sql`select set_config('licensing.role', ${role}, true), set_config('licensing.other', ${otherRole(role)}, true), set_config('licensing.password', ${password}, true)`,
    sql`do $$ begin
      if exists (select from pg_roles where rolname = current_setting('licensing.role')) then
        execute format('alter role %I login password %L', current_setting('licensing.role'), current_setting('licensing.password'));
      else
        execute format('create role %I login password %L', current_setting('licensing.role'), current_setting('licensing.password'));
      end if;
      if not exists (select from pg_roles where rolname = current_setting('licensing.other')) then
        execute format('create role %I nologin', current_setting('licensing.other'));
      end if;
    end $$`,
  ];
}
