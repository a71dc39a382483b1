import { csvOf } from "../base/csv.ts";
import type { CsvField } from "../base/csv.ts";
import type { License } from "../client/client.ts";
import { columns, never, unlimited } from "./columns.ts";
import type { Column } from "./columns.ts";
import { writeText } from "./file-text.ts";
import type { Adding } from "./run.ts";
import { globalsOf, openSession } from "./session.ts";
import { filterOf } from "./verbs.ts";
import { print } from "./world.ts";

/** The columns of an import, and the license's id, which an import passes over. */
const exported = ["id", ...columns] as const;

/** `licensing export`: every license as CSV, in the columns that `licensing import` reads. Keys are never exported: the service doesn't know them. */
export function addExport({ command, world }: Adding): void {
  command("export")
    .argument("[file]", "absent: the output")
    .option("--where <filter=value...>", "only licenses of a filter, as with suspend")
    .action(async (file: string | undefined, { where = [] }: { where?: readonly string[] }, command) => {
      const session = openSession(world, globalsOf(command));
      const { client } = session;
      const records: (readonly CsvField[])[] = [];
      // Oldest first, so that a license issued meanwhile is at the end.
      for await (const license of client.licenses.list({ ...filterOf(where), sort: "createdAt", limit: 100 }, { signal: world.signal })) {
        const fields = fieldsOf(license);
        records.push(exported.map((name) => (name === "id" ? license.id : fields[name])));
        if (file !== undefined && records.length % 1_000 === 0) world.err(`${records.length} licenses\n`);
      }
      const text = csvOf(exported, records);
      if (file === undefined) return world.out(text);
      writeText(file, text);
      print(session, { file, licenses: records.length }, () => `Licenses written to ${file}: ${records.length}.`);
    });
}

function fieldsOf({ policy, holder, name, status, startsAt, expiresAt, activationLimit, features, overrides, metadata }: License): Readonly<Record<Column, CsvField>> {
  const { externalId, ...others } = metadata;
  // Null withdraws a feature, also from a policy that grants it elsewhere.
  const own = { ...features, ...overrides.features };
  return {
    policy,
    holderType: holder.type,
    holderId: holder.id,
    name,
    key: null,
    // An expired license is one whose end has passed.
    status: status === "EXPIRED" ? "ACTIVATED" : status,
    startsAt,
    expiresAt: expiresAt ?? (startsAt === null ? null : never),
    activationLimit: activationLimit === null ? unlimited : String(activationLimit),
    features: Object.keys(own).length === 0 ? null : JSON.stringify(sorted(own)),
    metadata: Object.keys(others).length === 0 ? null : JSON.stringify(sorted(others)),
    externalId: externalId === undefined || externalId === null ? null : String(externalId),
  };
}

function sorted(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
