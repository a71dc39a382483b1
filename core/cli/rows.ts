import { hash } from "node:crypto";
import { mayRun } from "../base/csv.ts";
import { columns, neededColumns, never, unlimited } from "./columns.ts";
import type { Column } from "./columns.ts";
import { exitCodes, Failure } from "./failure.ts";
import type { Body } from "../client/client.ts";
import { instantForms, instantOf, isInstant, recordOf } from "./option-values.ts";

/** A row of an import: its place in the file, from 2 on, its fields, and whether it has fields beyond the header's. */
export type Row = { readonly place: number; readonly fields: Partial<Readonly<Record<Column, string>>>; readonly isLonger: boolean };

/** The issue of a row's license, and the verb that follows it. */
export type Planned = { readonly body: Body<"licensesIssue">; readonly then: "suspend" | "revoke" | undefined; readonly externalId: string | undefined };

type Names = Partial<Readonly<Record<Column, string>>>;
/** Columns of another license server that hold `true` for a license with that status. */
type Flags = Readonly<Record<string, "SUSPENDED" | "REVOKED">>;

/** The columns of other license servers' licenses, by ours. An empty end or limit means none to each of them. */
const presets: Readonly<Record<string, { readonly names: Names; readonly flags: Flags }>> = {
  keygen: {
    names: { key: "key", policy: "policy", holderId: "owner", activationLimit: "maxMachines", startsAt: "created", expiresAt: "expiry", externalId: "id", metadata: "metadata", name: "name" },
    flags: { suspended: "SUSPENDED" },
  },
  "lemon-squeezy": {
    names: { key: "key", policy: "variant_id", holderId: "user_email", activationLimit: "activation_limit", startsAt: "created_at", expiresAt: "expires_at", externalId: "id", name: "user_name" },
    flags: { disabled: "SUSPENDED" },
  },
  cryptlex: {
    names: { key: "key", policy: "productId", holderId: "user", activationLimit: "allowedActivations", startsAt: "createdAt", expiresAt: "expiresAt", externalId: "id" },
    flags: { suspended: "SUSPENDED", revoked: "REVOKED" },
  },
};
const emptyIsNone: Partial<Readonly<Record<Column, string>>> = { expiresAt: never, activationLimit: unlimited };

/**
 * Reads records of RFC 4180. An empty field without quotes is absent. An apostrophe before a text that a spreadsheet could run as
 * a formula is removed, because exports add it.
 */
export function readCsv(text: string): readonly (readonly (string | undefined)[])[] {
  const records: (string | undefined)[][] = [[]];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;
  const source = text.replace(/^\u{feff}/u, "");
  for (let at = 0; at < source.length; ) {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match === null) throw new Failure(exitCodes.usage, `Line ${source.slice(0, at).split("\n").length} isn't CSV: a quote stands within a field, or isn't closed.`);
    const [whole, quoted, bare = "", end] = match;
    const field = quoted === undefined ? (bare === "" ? undefined : bare) : quoted.replaceAll('""', '"');
    records.at(-1)?.push(field?.startsWith("'") === true && mayRun(field.slice(1)) ? field.slice(1) : field);
    at += whole.length;
    if (end === ",") {
      if (at === source.length) records.at(-1)?.push(undefined);
    } else if (at < source.length) records.push([]);
  }
  return records.filter((record) => record.some((field) => field !== undefined));
}

/** The columns that the report of refused rows has besides: the report itself is imported when its rows are corrected. */
export const reportColumns = ["row", "reason"] as const;

/** Other names of columns (`key=license_key`, or the name of another server), and of policies (`P-100=pro-yearly`). */
export type Mapping = { readonly maps: readonly string[]; readonly policies: readonly string[] };

/** The rows of a file by its header. Throws a Failure for columns that can't be. */
export function rowsOf(text: string, { maps, policies }: Mapping): readonly Row[] {
  const [header = [], ...records] = readCsv(text);
  const { names, flags, isOther } = mapped(maps);
  const codes = new Map(Object.entries(recordOf(policies.map((pair) => pairOf("--policy", pair)))));
  // Another server's column with a name of ours has a meaning of its own.
  const nameOf = (column: Column) => names[column] ?? (isOther ? undefined : column);
  const places = new Map<Column, number>(columns.map((column) => [column, header.findIndex((name) => name !== undefined && name === nameOf(column))]));
  const missing = neededColumns.filter((column) => places.get(column) === -1);
  if (missing.length > 0) throw new Failure(exitCodes.usage, `The file has no column ${missing.map((column) => names[column] ?? column).join(" and ")}. ${header[0]?.includes(";") === true ? "Its fields must be separated by commas." : `Name it by --map ${missing[0]}=<its name>.`}`);
  if (maps.length === 0) {
    const known: readonly string[] = [...columns, "id", ...reportColumns];
    const unknown = header.filter((name) => name !== undefined && !known.includes(name));
    if (unknown.length > 0) throw new Failure(exitCodes.usage, `The file has the columns ${unknown.join(", ")}, which an import doesn't know. Columns are ${columns.join(", ")}; --map takes others.`);
  }
  return records.map((record, index) => {
    const status = Object.entries(flags).filter(([name]) => isTrue(record[header.indexOf(name)])).map(([, each]) => each).at(-1);
    const read = [...places].flatMap(([column, at]): readonly (readonly [Column, string])[] => {
      const field = at === -1 ? undefined : (record[at] ?? (isOther ? emptyIsNone[column] : undefined));
      return field === undefined ? [] : [[column, column === "policy" ? (codes.get(field) ?? field) : field]];
    });
    const isLonger = record.slice(header.length).some((field) => field !== undefined);
    return { place: index + 2, isLonger, fields: Object.fromEntries([...read, ...(status === undefined ? [] : [["status", status] as const])]) };
  });
}

function isTrue(field: string | undefined): boolean {
  return /^(true|1|yes)$/i.test(field ?? "");
}

type Mapped = { readonly names: Names; readonly flags: Flags; readonly isOther: boolean };

function mapped(maps: readonly string[]): Mapped {
  return maps.reduce<Mapped>((all, map) => {
    const preset = Object.hasOwn(presets, map) ? presets[map] : undefined;
    if (preset !== undefined) return { names: { ...all.names, ...preset.names }, flags: { ...all.flags, ...preset.flags }, isOther: true };
    const [column, name] = map.includes("=") ? pairOf("--map", map) : [map, ""];
    if (name === "" || !(columns as readonly string[]).includes(column)) throw new Failure(exitCodes.usage, `--map ${map} is neither <column>=<name> nor one of ${Object.keys(presets).join(", ")}.`);
    return { ...all, names: { ...all.names, [column]: name } };
  }, { names: {}, flags: {}, isOther: false });
}

function pairOf(option: string, text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1 || at === text.length - 1) throw new Failure(exitCodes.usage, `${option} ${text} is not of the form name=value.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** The beginnings of a row's identity: of a row without an external id that has a key, and of a row with neither. */
export const byKey = "key:";
export const byPlace = "place:";

/** Identifies a row on a second run: by its external id, else by its key, else by its place. */
export function identityOf({ place, fields }: Row): string {
  if (fields.externalId !== undefined) return `externalId:${fields.externalId}`;
  return fields.key === undefined ? `${byPlace}${place}` : `${byKey}${fields.key}`;
}

/** SHA-256 of the row's fields, in hexadecimal. Two digests tell whether a place has the same row on a second run. */
export function digestOf({ fields }: Row): string {
  return hash("sha256", JSON.stringify(fields), "hex");
}

/** The issue of a row, or the reason why it is refused. The service checks the rest. */
export function planned({ fields, isLonger }: Row): Planned | { readonly refused: string } {
  const { policy, holderType = "user", holderId, name, key, status = "ACTIVATED", startsAt, expiresAt, activationLimit, externalId } = fields;
  if (isLonger) return { refused: "the row has more fields than the header: a text with a comma needs quotes" };
  if (policy === undefined) return { refused: "policy is empty" };
  if (holderId === undefined) return { refused: "holderId is empty" };
  const then = Object.hasOwn(afterwards, status) ? afterwards[status as keyof typeof afterwards] : null;
  if (then === null) return { refused: `status must be one of ${Object.keys(afterwards).join(", ")}, not ${status}` };
  const features = objectOf("features", fields.features);
  if ("refused" in features) return features;
  const metadata = objectOf("metadata", fields.metadata);
  if ("refused" in metadata) return metadata;
  const wrong = faultOf(fields);
  if (wrong !== undefined) return { refused: wrong };
  if (activationLimit !== undefined && activationLimit !== unlimited && !/^[0-9]{1,9}$/.test(activationLimit)) return { refused: `activationLimit must be a whole number or ${unlimited}, not ${activationLimit}` };
  const all = { ...metadata.value, ...(externalId === undefined ? {} : { externalId }) };
  const body = {
    policy,
    holder: { type: holderType, id: holderId },
    ...(name === undefined ? {} : { name }),
    ...(key === undefined ? {} : { key }),
    ...(startsAt === undefined ? {} : { startsAt: instantOf(startsAt) }),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt === never ? null : instantOf(expiresAt) }),
    ...(activationLimit === undefined ? {} : { activationLimit: activationLimit === unlimited ? null : Number(activationLimit) }),
    ...(fields.features === undefined ? {} : { features: features.value }),
    ...(Object.keys(all).length === 0 ? {} : { metadata: all }),
  };
  return { body, then, externalId };
}

/** The fewest characters, blanks not counted, of a key that the service imports. */
const keyLengthMin = 24;

/** Spreadsheets write dates in forms of their own, and other servers make shorter keys: a dry run finds those. */
function faultOf({ startsAt, expiresAt = never, key }: Row["fields"]): string | undefined {
  if (key !== undefined && key.replaceAll(/\s/g, "").length < keyLengthMin) return `key must have at least ${keyLengthMin} characters; a row without a key gets a new one`;
  const dates = [["startsAt", startsAt], ["expiresAt", expiresAt === never ? undefined : expiresAt]] as const;
  const [name] = dates.find(([, text]) => text !== undefined && !isInstant(instantOf(text))) ?? [];
  return name === undefined ? undefined : `${name} must be ${instantForms}`;
}

const afterwards = { ACTIVATED: undefined, EXPIRED: undefined, SUSPENDED: "suspend", REVOKED: "revoke" } as const;

function objectOf(name: string, text: string | undefined): { readonly value: Readonly<Record<string, never>> } | { readonly refused: string } {
  if (text === undefined) return { value: {} };
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { value: value as Readonly<Record<string, never>> };
  } catch {
    // Refused below.
  }
  return { refused: `${name} must be a JSON object` };
}
