import { hash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { csvRecord } from "../base/csv.ts";
import { parsedJson } from "../base/parsed-json.ts";
import type { License } from "../client/client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { fileText, writeText } from "./file-text.ts";
import { byKey } from "./rows.ts";

/** The journal beside an imported file lists the rows that are done, so that a second run continues after the first. */
export type Journal = {
  /** Made with the file; part of the idempotency keys of rows that have no id of their own. */
  readonly id: string;
  readonly doneOf: (identity: string) => Done | undefined;
  readonly add: (identity: string, done: Required<Done>) => void;
};

/** A row that is done: its license's id, and its row's digest, which older journals lack. */
export type Done = { readonly license?: string; readonly digest?: string };
type Line = Done & { readonly journal?: string; readonly service?: string; readonly row?: string };

/** Opens the journal of a file for a service, or makes it, for its owner alone. Throws a Failure for the journal of another service. */
export function openJournal(file: string, service: string): Journal {
  const path = `${file}.journal`;
  if (!existsSync(path)) writeText(path, `${JSON.stringify({ journal: randomUUID(), service })}\n`, { mode: 0o600 });
  // The last line may be half a line, if the process was killed while it was written: its row is then done again.
  const lines = fileText(path).split("\n").flatMap((text) => (parsedJson(text) === undefined ? [] : [parsedJson(text) as Line]));
  const [head = {}, ...rows] = lines;
  if (head.journal === undefined) throw new Failure(exitCodes.usage, `${path} is damaged. Delete it to import the file anew.`);
  if (head.service !== service) throw new Failure(exitCodes.usage, `${path} is of an import into ${head.service}. Delete it to import into ${service}.`);
  const done = new Map<string, Done>(rows.flatMap(({ row, ...rest }) => (row === undefined ? [] : [[row, rest] as const])));
  return {
    id: head.journal,
    doneOf: (identity) => done.get(notedAs(identity)) ?? done.get(identity),
    add: (identity, { license, digest }) => {
      const row = notedAs(identity);
      done.set(row, { license, digest });
      writeText(path, `\n${JSON.stringify({ row, license, digest })}`, { adds: true });
    },
  };
}

/** The journal has no key, but its SHA-256. Older journals have the key itself. */
function notedAs(identity: string): string {
  return identity.startsWith(byKey) ? `${byKey}sha256:${hash("sha256", identity.slice(byKey.length), "hex")}` : identity;
}

/** A CSV file of the keys that the service made. Only the file's owner may read it. */
export type Keys = {
  /** Whether the file had the license's key when it was opened. */
  readonly has: (licenseId: string) => boolean;
  readonly add: (keyed: Keyed) => void;
};

type Keyed = { readonly license: License; readonly externalId: string | undefined; readonly key: string };

/** The first key creates the file. */
export function openKeys(path: string): Keys {
  const lines = existsSync(path) ? fileText(path).split("\n") : [];
  // The last line may be half a line, if the disk was full: its key is lost, and the next key must not be added to it.
  if ((lines.pop() ?? "") !== "") writeText(path, "\r\n", { adds: true });
  const licenses = new Set(lines.map((line) => line.split(",")[0]));
  return {
    has: (licenseId) => licenses.has(licenseId),
    add: ({ license: { id, holder }, externalId = "", key }) => {
      if (!existsSync(path)) writeText(path, csvRecord(["license", "holderType", "holderId", "externalId", "key"]), { mode: 0o600 });
      writeText(path, csvRecord([id, holder.type, holder.id, externalId, key]), { adds: true });
    },
  };
}
