import { hash } from "node:crypto";
import { statSync } from "node:fs";
import path from "node:path";
import { csvOf, csvRecord } from "../base/csv.ts";
import type { License } from "../client/client.ts";
import { columns, neededColumns } from "./columns.ts";
import { exitCodeOf, exitCodes, Failure, sentenceOf } from "./failure.ts";
import { fileText, writeText } from "./file-text.ts";
import { inFlight } from "./in-flight.ts";
import { openJournal, openKeys } from "./journal.ts";
import type { Journal, Keys } from "./journal.ts";
import { byPlace, digestOf, identityOf, planned, readCsv, reportColumns, rowsOf } from "./rows.ts";
import type { Planned, Row } from "./rows.ts";
import type { Adding, Ending } from "./run.ts";
import { globalsOf, openSession } from "./session.ts";
import type { Session } from "./session.ts";
import { print } from "./world.ts";

type ImportOptions = { readonly map?: readonly string[]; readonly policy?: readonly string[]; readonly dryRun?: boolean; readonly report?: string };
type Refused = { readonly row: Row; readonly reason: string };

/** `licensing import`: issues a license for each row of a CSV file, once, however often it runs. */
export function addImport({ command, world, end }: Adding): void {
  command("import")
    .argument("<file>", `CSV with the columns ${columns.join(" ")}, of which ${neededColumns.join(" and ")} are needed`)
    .option("--map <column=name...>", "other names of columns, or keygen, lemon-squeezy, cryptlex")
    .option("--policy <theirs=ours...>", "names of policies in the file that have another code here")
    .option("--dry-run", "only check the rows, and that their policies exist")
    .option("--report <file>", "where refused rows go, with the reason (default: <file>.refused.csv); a corrected report stays, and the next one gets a number")
    .action(async (file: string, { map = [], policy = [], dryRun, report }: ImportOptions, command) => {
      const session = openSession(world, globalsOf(command));
      const rows = rowsOf(fileText(file), { maps: map, policies: policy });
      end(await importRows(session, { rows, dryRun: dryRun === true, file, reportName: report ?? `${file}.refused.csv` }));
    });
}

type Importing = { readonly rows: readonly Row[]; readonly dryRun: boolean; readonly file: string; readonly reportName: string };
/** `keys`: the number of keys that the service made for rows without one. `withoutKey`: licenses there before whose keys aren't in the file of keys. */
type Count = { issued: number; present: number; keys: number; readonly withoutKey: { readonly row: number; readonly license: string }[] };

async function importRows(session: Session, { rows, dryRun, file, reportName }: Importing): Promise<Ending> {
  const refused: Refused[] = [];
  const all = planAll(rows, refused);
  const plans = dryRun ? await withPolicies(session, all, refused) : all;
  const count: Count = { issued: 0, present: 0, keys: 0, withoutKey: [] };
  const keysFile = `${file}.keys.csv`;
  if (!dryRun) {
    const journal = openJournal(file, session.url);
    const keys = openKeys(keysFile);
    const rest = undone(plans, { journal, refused, count });
    await inFlight(rest, async ({ row, plan }) => {
      try {
        await importRow(session, { row, plan, journal, keys, count });
      } catch (error) {
        if (!isOfRow(error)) throw error;
        refused.push({ row, reason: sentenceOf(error) });
      }
    }, { world: session.world, noun: "rows" });
  }
  refused.sort((left, right) => left.row.place - right.row.place);
  const report = refused.length === 0 ? undefined : writeReport(session, { reportName, refused, rows });
  const { keys, withoutKey, ...counted } = count;
  const counts = dryRun ? { good: plans.length, refused: refused.length } : { ...counted, refused: refused.length };
  const files = { ...(keys === 0 ? {} : { keys: keysFile }), ...(report === undefined ? {} : { report }) };
  print(session, { ...counts, ...files, ...(withoutKey.length === 0 ? {} : { withoutKey }) }, () => [
    dryRun ? `Rows without a fault: ${plans.length}. Nothing was changed. The service checks each row again when it is imported.` : `Licenses issued: ${count.issued}; there before: ${count.present}.`,
    ...(keys === 0 ? [] : [`Keys made for rows without one: ${keys}. They are in ${keysFile} and can't be read from the service: keep that file.`]),
    ...(withoutKey.length === 0 ? [] : [`Licenses there before whose keys aren't in ${keysFile}: ${withoutKey.length}. Each is named above, with the command that makes another key.`]),
    ...(refused.length === 0 ? [] : [`Rows refused: ${refused.length}, see ${report}.`, ...refused.slice(0, 10).map(({ row, reason }) => `  row ${row.place}: ${reason}`)]),
  ].join("\n"));
  return refused.length === 0 ? undefined : exitCodes.partly;
}

type Plan = { readonly row: Row; readonly plan: Planned };

/** The rows that can be sent. A key or an external id that an earlier row has is refused. */
function planAll(rows: readonly Row[], refused: Refused[]): readonly Plan[] {
  const places = new Map<string, number>();
  return rows.flatMap((row) => {
    const plan = planned(row);
    const own = [["key", row.fields.key], ["externalId", row.fields.externalId]].filter(([, value]) => value !== undefined).map(([name, value]) => `${name} ${value}`);
    const twice = own.find((text) => places.has(text));
    if ("refused" in plan || twice !== undefined) {
      refused.push({ row, reason: "refused" in plan ? plan.refused : `row ${places.get(twice ?? "")} has the same ${twice?.split(" ")[0]}` });
      return [];
    }
    for (const text of own) places.set(text, row.place);
    return [{ row, plan }];
  });
}

/** The rows that the journal doesn't have. A row that is known by its place alone is refused if another row was imported from there. */
function undone(plans: readonly Plan[], { journal, refused, count }: Pick<Importable, "journal" | "count"> & { readonly refused: Refused[] }): readonly Plan[] {
  return plans.filter(({ row }) => {
    const identity = identityOf(row);
    const done = journal.doneOf(identity);
    if (done === undefined) return true;
    if (!identity.startsWith(byPlace) || done.digest === undefined || done.digest === digestOf(row)) count.present += 1;
    else refused.push({ row, reason: `another row was imported from this place, as license ${done.license}: import a new row from a file of another name, and change a license by its own command` });
    return false;
  });
}

/** The rows whose policies exist and aren't retired. Otherwise only the issue of a license would find such a fault. */
async function withPolicies({ client, world: { signal } }: Session, plans: readonly Plan[], refused: Refused[]): Promise<readonly Plan[]> {
  const policies = await Array.fromAsync(client.policies.list({ limit: 100 }, { signal }));
  const isRetired = new Map(policies.flatMap(({ id, code, retiredAt }) => [[id, retiredAt !== null], [code, retiredAt !== null]] as const));
  return plans.filter(({ row, plan: { body: { policy } } }) => {
    const retired = isRetired.get(policy);
    if (retired === false) return true;
    const fault = retired === undefined ? `there is no policy ${policy}: create it` : `the policy ${policy} is retired: reinstate it`;
    refused.push({ row, reason: `${fault}, or name another by --policy ${policy}=<code>` });
    return false;
  });
}

/** Whether the fault concerns this row alone. Any other fault ends the import. */
function isOfRow(error: unknown): boolean {
  const code = exitCodeOf(error);
  return code === exitCodes.usage || code === exitCodes.conflict || code === exitCodes.notFound;
}

type Importable = Plan & { readonly journal: Journal; readonly keys: Keys; readonly count: Count };

/**
 * Issues the row's license unless it is there, brings it to its status, and only then notes it. A license that is there may have been
 * issued by an import that never received its key. The issue isn't sent again for its stored answer: without one it would issue a second.
 */
async function importRow(session: Session, importing: Importable): Promise<void> {
  const { row, plan, journal, keys, count } = importing;
  const { licenses } = session.client;
  const { signal } = session.world;
  const idempotencyKey = idempotencyKeyOf(row, journal);
  const found = await presentLicense(session, plan);
  const license = found ?? (await issued(session, importing, idempotencyKey));
  if (found !== undefined && plan.body.key === undefined && !keys.has(found.id)) {
    count.withoutKey.push({ row: row.place, license: found.id });
    session.world.err(`row ${row.place}: license ${found.id} was there before, and this import has no key of it. If nobody has its key, \`licensing rotate-key ${found.id}\` makes another.\n`);
  }
  const then = { idempotencyKey: `${idempotencyKey}:then`, signal };
  if (plan.then === "suspend" && license.status !== "SUSPENDED") await licenses.suspend(license.id, { reason: "imported" }, then);
  if (plan.then === "revoke" && license.status !== "REVOKED") await licenses.revoke(license.id, { reason: "imported" }, then);
  journal.add(identityOf(row), { license: license.id, digest: digestOf(row) });
  if (found === undefined) count.issued += 1;
  else count.present += 1;
}

/** Issues the row's license. The key that the service makes for a row without one is written before anything else can fail. */
async function issued({ client, world: { signal } }: Session, { plan, keys, count }: Importable, idempotencyKey: string): Promise<License> {
  const { license, key } = await client.licenses.issue(plan.body, { idempotencyKey, signal });
  if (plan.body.key === undefined) {
    keys.add({ license, externalId: plan.externalId, key });
    count.keys += 1;
  }
  return license;
}

/** The license of an earlier run whose journal is lost, by its external id, else by its key. Rejects with a Failure if another holder's license has the external id. */
async function presentLicense({ client, world: { signal } }: Session, { body, externalId }: Planned): Promise<License | undefined> {
  if (externalId !== undefined) {
    const { data } = await client.licenses.list({ metadata: { "metadata.externalId": externalId }, limit: 100 }, { signal }).firstPage();
    const [first] = data;
    const own = data.find((license) => isHeldBy(license, body));
    if (first === undefined || own !== undefined) return own;
    // Two systems may count from 1.
    throw new Failure(exitCodes.conflict, `license ${first.id} of ${first.holder.type} ${first.holder.id} has the externalId ${externalId}: give this row another one, such as one with its system's name before it`);
  }
  if (body.key === undefined) return undefined;
  const { data } = await client.licenses.find({ text: body.key }, { signal });
  const license = data.find(({ matchedBy }) => matchedBy === "key")?.license;
  // A license with this key but another holder isn't this row's license. The issue is then refused with `key-taken`.
  return license !== undefined && isHeldBy(license, body) ? license : undefined;
}

function isHeldBy({ holder }: License, { holder: { type, id } }: Planned["body"]): boolean {
  return holder.id === id && holder.type === type;
}

/** The same for the same row in every run, so that a row whose answer was lost isn't issued twice. */
function idempotencyKeyOf(row: Row, journal: Journal): string {
  const identity = identityOf(row);
  const digest = hash("sha256", identity.startsWith(byPlace) ? `${journal.id}/${identity}` : identity, "hex");
  return `import:${digest}`;
}

type Reporting = { readonly reportName: string; readonly refused: readonly Refused[]; readonly rows: readonly Row[] };

/** Writes the refused rows, which may hold keys, for the file's owner alone, and answers the file's name. A report that somebody corrected stays. */
function writeReport({ world }: Session, { reportName, refused, rows }: Reporting): string {
  const records = refused.map(({ row, reason }) => [String(row.place), reason, ...fieldsOf(row)]);
  const { dir, name, ext } = path.parse(reportName);
  let file = reportName;
  for (let number = 2; !mayReplace(file, rows); number += 1) file = path.join(dir, `${name}.${number}${ext}`);
  if (file !== reportName) world.err(`${reportName} has other rows than the file, such as corrected ones, and stays.\n`);
  writeText(file, csvOf([...reportColumns, ...columns], records), { mode: 0o600 });
  return file;
}

function fieldsOf({ fields }: Row): readonly (string | null)[] {
  return columns.map((column) => fields[column] ?? null);
}

/** Whether a report isn't there, or has only rows as the imported file has them. */
function mayReplace(report: string, rows: readonly Row[]): boolean {
  if (statSync(report, { throwIfNoEntry: false })?.isFile() !== true) return true;
  const own = new Map(rows.map((row) => [String(row.place), csvRecord(fieldsOf(row))]));
  try {
    const [, ...records] = readCsv(fileText(report));
    return records.every(([place = "", , ...fields]) => own.get(place) === csvRecord(fields.map((field) => field ?? null)));
  } catch {
    return false;
  }
}
