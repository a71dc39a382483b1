import { createHmac, timingSafeEqual } from "node:crypto";

export type KeyState = "pending" | "active" | "retiring" | "retired" | "compromised";

/** One key of the ring: its public half, its state and its times. */
export type RingKey = {
  readonly kid: string;
  /** Base64url of the 32 bytes of the public key. */
  readonly x: string;
  readonly state: KeyState;
  readonly createdAt: Date;
  readonly activeAt: Date | null;
  readonly retiringAt: Date | null;
  readonly retiredAt: Date | null;
  readonly compromisedAt: Date | null;
};

/** The whole ring of one stage. Each change of the ring raises `counter` by one or more. */
export type Keyring = { readonly stage: string; readonly counter: number; readonly keys: readonly RingKey[] };

/** The ring as it is stored: its JSON text, and the HMAC over that text (base64url). */
export type StoredRing = { readonly ring: string; readonly mark: string };

/** 32 bytes. Only this service's key functions and the readers of keys have it; the database never does. */
export type KeyringSecret = Uint8Array;

/** Each use of the secret has a prefix of its own, so that one mark can't stand for another. */
const ringPrefix = "licensing/keyring/v1\n";
const counterPrefix = "licensing/keyring-counter/v1\n";

export function markRing(keyring: Keyring, secret: KeyringSecret): StoredRing {
  const { stage, counter, keys } = keyring;
  const ring = JSON.stringify({ stage, counter, keys: keys.map(plainKey) });
  return { ring, mark: macOf(`${ringPrefix}${ring}`, secret) };
}

/** The ring that the mark covers; undefined unless the mark is by this secret and for this stage. */
export function readRing({ ring, mark }: StoredRing, secret: KeyringSecret, stage: string): Keyring | undefined {
  if (!isMac(mark, `${ringPrefix}${ring}`, secret)) return undefined;
  // The mark proves that the text is this service's own.
  const read = JSON.parse(ring) as { stage: string; counter: number; keys: Record<keyof RingKey, string | null>[] };
  if (read.stage !== stage) return undefined;
  return { stage, counter: read.counter, keys: read.keys.map(keyOf) };
}

/** The text by which every reader learns the ring's counter: a ring with a smaller counter is an earlier one that was put back. */
export function counterText(counter: number, secret: KeyringSecret, stage: string): string {
  return `${counter}.${macOf(`${counterPrefix}${stage}\n${counter}`, secret)}`;
}

/** The counter that such a text holds; 0 unless it is by this secret and for this stage. */
export function readCounter(text: string | undefined, secret: KeyringSecret, stage: string): number {
  const [, digits = "", mac = ""] = /^([0-9]{1,15})\.([A-Za-z0-9_-]{43})$/.exec(text ?? "") ?? [];
  return isMac(mac, `${counterPrefix}${stage}\n${digits}`, secret) ? Number(digits) : 0;
}

/** Kids whose row of the table differs from the marked ring: a row that was added, changed or removed. In the order of the table. */
export function strayKids(keys: readonly RingKey[], rows: readonly RingKey[]): readonly string[] {
  const marked = new Map(keys.map((key) => [key.kid, serialized(key)]));
  const found = new Set(rows.map(({ kid }) => kid));
  const altered = rows.filter((row) => marked.get(row.kid) !== serialized(row)).map(({ kid }) => kid);
  return [...altered, ...keys.filter(({ kid }) => !found.has(kid)).map(({ kid }) => kid)];
}

/** A key from its JSON, with the names of the ring's text. */
export function keyOf(row: Readonly<Record<keyof RingKey, string | null>>): RingKey {
  const instant = (text: string | null) => (text === null ? null : new Date(text));
  return {
    kid: String(row.kid),
    x: String(row.x),
    state: row.state as KeyState,
    createdAt: new Date(String(row.createdAt)),
    activeAt: instant(row.activeAt),
    retiringAt: instant(row.retiringAt),
    retiredAt: instant(row.retiredAt),
    compromisedAt: instant(row.compromisedAt),
  };
}

/** Only the members that are marked, in one order. */
function plainKey({ kid, x, state, createdAt, activeAt, retiringAt, retiredAt, compromisedAt }: RingKey): RingKey {
  return { kid, x, state, createdAt, activeAt, retiringAt, retiredAt, compromisedAt };
}

function serialized(key: RingKey): string {
  return JSON.stringify(plainKey(key));
}

function macOf(message: string, secret: KeyringSecret): string {
  return createHmac("sha256", secret).update(message, "utf8").digest("base64url");
}

function isMac(mac: string, message: string, secret: KeyringSecret): boolean {
  const expected = Buffer.from(macOf(message, secret), "latin1");
  const given = Buffer.from(mac, "utf8");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
