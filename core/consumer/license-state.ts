import { isRecord, parsedJson } from "../base/parsed-json.ts";

/** The service's last answer about this machine. `denial` is null if it permitted. Milliseconds since the epoch. */
export type Word = { readonly atMs: number; readonly denial: { readonly code: string; readonly detail: string } | null };

/**
 * The state that an application keeps between starts. Only the file is trusted, because it is verified whenever it is read. A person
 * who changes the rest gains nothing beyond the file's end.
 */
export type LicenseState = {
  /** A digest of the license key and the fingerprint that this belongs to. */
  readonly of: string;
  readonly licenseId: string | null;
  readonly activationId: string | null;
  /** How long the seat's lease lasts; null: the seat is held until it is freed. */
  readonly leaseSeconds: number | null;
  /** The license file, in its armour. */
  readonly file: string | null;
  /** The `iat` of the file. */
  readonly fileAtMs: number;
  /** The latest time that was seen, so that a clock that is set back revives nothing. */
  readonly seenMs: number;
  readonly word: Word | null;
  /** The processes that use a leased seat, with the time until which each counts. */
  readonly users: Readonly<Record<string, number>>;
};

export function emptyState(of: string): LicenseState {
  return { of, licenseId: null, activationId: null, leaseSeconds: null, file: null, fileAtMs: 0, seenMs: 0, word: null, users: {} };
}

/** Writes the text for the store. The names are quoted, because the package's build shortens others. */
export function stateText({ of, licenseId, activationId, leaseSeconds, file, fileAtMs, seenMs, word, users }: LicenseState): string {
  const said = word === null ? null : { "at": word.atMs, "denial": word.denial };
  return `${JSON.stringify({ "version": 1, of, licenseId, activationId, leaseSeconds, file, "fileAt": fileAtMs, "seenAt": seenMs, "word": said, users })}\n`;
}

/** Reads a store's text. Undefined: the text is damaged. A damaged answer of the service is dropped alone: a file decides without it. */
export function readState(text: string): LicenseState | undefined {
  const value = parsedJson(text);
  if (!isRecord(value)) return undefined;
  const { of, licenseId, activationId, leaseSeconds, file, users } = value;
  const { fileAt: fileAtMs, seenAt: seenMs } = value;
  const word = readWord(value["word"]);
  if (typeof of !== "string" || !isTextOrNull(licenseId) || !isTextOrNull(activationId) || !isTextOrNull(file)) return undefined;
  if (!(leaseSeconds === null || isTime(leaseSeconds)) || !isTime(fileAtMs) || !isTime(seenMs) || !isUsers(users)) return undefined;
  return { of, licenseId, activationId, leaseSeconds, file, fileAtMs, seenMs, word, users };
}

/**
 * One state of two processes that share a store: the newer file, the later answer of the service, the latest time. A time that
 * was seen under an older file doesn't count beside a newer one, whose `iat` is the service's own time: so a clock that once ran
 * ahead has no lasting effect. Each process writes only its own entry among the users of the seat.
 */
export function mergeStates(mine: LicenseState, stored: LicenseState | undefined, { user, nowMs }: { readonly user: string; readonly nowMs: number }): LicenseState {
  if (stored === undefined || stored.of !== mine.of) return mine;
  const newer = stored.fileAtMs > mine.fileAtMs ? stored : mine;
  const { atMs: mineAtMs } = mine.word ?? { atMs: -1 };
  const word = (stored.word?.atMs ?? -1) > mineAtMs ? stored.word : mine.word;
  const users = Object.entries({ ...stored.users, [user]: mine.users[user] ?? 0 }).filter(([, untilMs]) => untilMs > nowMs);
  return {
    ...newer,
    seenMs: stored.fileAtMs === mine.fileAtMs ? Math.max(mine.seenMs, stored.seenMs) : newer.seenMs,
    word,
    users: Object.fromEntries(users),
  };
}

function readWord(value: unknown): Word | null {
  if (!isRecord(value)) return null;
  const { at: atMs, denial } = value;
  if (!isTime(atMs)) return null;
  if (denial === null) return { atMs, denial };
  if (!isRecord(denial) || typeof denial["code"] !== "string" || typeof denial["detail"] !== "string") return null;
  return { atMs, denial: { code: denial["code"], detail: denial["detail"] } };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isUsers(value: unknown): value is Readonly<Record<string, number>> {
  return isRecord(value) && Object.values(value).every(isTime);
}
