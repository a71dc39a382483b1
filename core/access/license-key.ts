import { foldLookalikes, unescape, unpaste } from "../base/pasted.ts";
import { hmacSha256, type Hmac } from "../base/hmac.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import { throwFaults } from "../problem/problem.ts";
import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import { sealShown } from "./shown-once.ts";

/**
 * License keys. Generated ones read `<PREFIX>-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`: 23 random symbols (115 bits) and 2 check symbols in
 * Crockford's base 32 (https://www.crockford.com/base32.html). Keys that a customer imports are stored unchanged.
 *
 * The check is a Reed–Solomon code over GF(32), shortened to [25, 23] with distance 3. It detects every one or two wrong symbols,
 * and so every transposition, adjacent or not; of worse errors it misses one in 1024. The field is GF(2)[x] / (x⁵ + x² + 1), in
 * which α = x = 2 is primitive; the generator is (X + α)(X + α²) = X² + 6X + 8. A symbol's value is its place in the alphabet.
 * The first symbol is the highest coefficient. The prefix isn't covered.
 */
export type LicenseKey = string & { readonly [brand]: true };

declare const brand: unique symbol;

/** `malformed`: it can't be a key. `mistyped`: it has the form of a generated key, but the check symbols don't fit. */
type LicenseKeyFault = "malformed" | "mistyped";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const symbolsPerGroup = 5;
const symbolsRandom = 23;
/** Longer than any key, including characters that pasting may add. */
export const keyTextLengthMax = 512;

const reduction = 0b100101; // x⁵ + x² + 1
const generator = [6, 8] as const; // X² + 6X + 8, without its leading 1

/** The prefix of a policy's keys. */
export const prefixPattern = /^[A-Z][A-Z0-9]{1,9}$/;
/** A generated key as printed, with dashes, blanks or nothing between groups. It is refused if the check fails. */
const printedPattern = /^[A-Z][A-Z0-9]{1,9}-[0-9A-TV-Z]{5}(?:-?[0-9A-TV-Z]{5}){4}$/;
/**
 * A generated key without dashes: the last 25 characters are the symbols. An imported key may have this form too, so the check
 * decides.
 */
const barePattern = /^([A-Z][A-Z0-9]{1,9})([0-9A-TV-Z]{25})$/;
/** Quotation marks, brackets, emphasis and punctuation around a generated key. An imported key may itself contain them. */
const around = /^[^A-Z0-9]+|[^A-Z0-9]+$/g;
/** A prefix and 25 symbols among other words, with a dash or blank at least between the two; part of no longer run of groups. */
const among = /(?<![A-Z0-9]|[A-Z0-9] ?- ?)(?=([A-Z][A-Z0-9]{1,9})[ -]+([0-9A-TV-Z](?:[ -]*[0-9A-TV-Z]){24})(?![A-Z0-9]| ?- ?[A-Z0-9]))/g;
/** Visible ASCII without the comma, which would end a value in a header's list. */
const foreignPattern = /^[\x21-\x2b\x2d-\x7e]{20,128}$/;

/**
 * Normalizes a key to the one form that is digested and compared. Its rules, in order, apply to the text after `unpaste`:
 *
 * 1. Its letters and digits are a prefix and 25 symbols, and the check holds: a generated key. Case and look-alikes are folded,
 *    O is 0, I and L are 1 among the symbols, and dashes replace whatever stood in their places. The check symbols make this
 *    safe: of other texts only one in 1024 passes.
 * 2. It is printed like a generated key: `mistyped`. So an imported key of that form must pass the check.
 * 3. Without escapes and markup, a generated key with its dashes or blanks is among its words: that key. Labels, links and wrapped
 *    addresses end here, by the same check.
 * 4. Without blanks it is 20 to 128 visible ASCII characters without a comma: an imported key, unchanged and case-sensitive.
 *    A generated key without dashes and with a typo ends here, and simply isn't found.
 * 5. Anything else is `malformed`.
 */
export function parseKey(text: string): { readonly normalized: LicenseKey } | { readonly fault: LicenseKeyFault } {
  if (text.length > keyTextLengthMax) return { fault: "malformed" };
  const pasted = unpaste(text);
  const folded = foldLookalikes(pasted).replaceAll(around, "");
  const [, prefix = "", body = ""] = barePattern.exec(folded.replaceAll(/[ -]/g, "")) ?? [];
  const whole = generatedKey(prefix, body);
  if (whole === undefined && printedPattern.test(folded.replaceAll(/[ -]+/g, "-"))) return { fault: "mistyped" };
  const generated = whole ?? keyAmong(pasted);
  if (generated !== undefined) return { normalized: generated };
  const foreign = pasted.replaceAll(" ", "");
  return foreignPattern.test(foreign) ? { normalized: foreign as LicenseKey } : { fault: "malformed" };
}

/** The generated key of 25 symbols in any spelling; undefined: the check fails. */
function generatedKey(prefix: string, body: string): LicenseKey | undefined {
  const symbols = body.replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  return symbols.length > 0 && isCodeword(valuesOf(symbols)) ? printed(prefix, symbols) : undefined;
}

function keyAmong(pasted: string): LicenseKey | undefined {
  const words = foldLookalikes(unpaste(unescape(pasted)));
  return Array.from(words.matchAll(among), ([, prefix = "", body = ""]) => generatedKey(prefix, body.replaceAll(/[ -]/g, ""))).find((key) => key !== undefined);
}

/**
 * A new key, in its normal form.
 *
 * @param prefix a text that `prefixPattern` matches
 * @param random gives that many bytes of a cryptographically secure generator; 32 divides 256, so their low five bits
 *   are as uniform as the bytes
 * @throws {TypeError} if the prefix isn't valid or `random` gives another number of bytes
 */
export function generateKey(prefix: string, random: (bytes: number) => Uint8Array): LicenseKey {
  if (!prefixPattern.test(prefix)) throw new TypeError("prefix: not a key prefix");
  const bytes = random(symbolsRandom);
  if (bytes.length !== symbolsRandom) throw new TypeError(`random: not ${symbolsRandom} bytes`);
  const values = Array.from(bytes, (byte) => byte & 31);
  const symbols = [...values, ...remainder([...values, 0, 0])].map((value) => alphabet.charAt(value)).join("");
  return printed(prefix, symbols);
}

/** The hint by which people recognize a key: an ellipsis and its last five characters. */
export function keyHint(key: LicenseKey): string {
  return `…${key.slice(-symbolsPerGroup)}`;
}

function printed(prefix: string, symbols: string): LicenseKey {
  return [prefix, ...(symbols.match(/.{5}/g) ?? [])].join("-") as LicenseKey;
}

function valuesOf(symbols: string): number[] {
  return symbols.split("").map((symbol) => alphabet.indexOf(symbol));
}

function isCodeword(values: readonly number[]): boolean {
  return remainder(values).every((value) => value === 0);
}

/**
 * The remainder of the polynomial by the generator. For symbols with two zeros at the end it is the two check symbols; for a
 * codeword it is 0, 0.
 */
function remainder(values: readonly number[]): [number, number] {
  let [high, low] = [0, 0];
  for (const value of values) {
    [high, low] = [low ^ product(high, generator[0]), value ^ product(high, generator[1])];
  }
  return [high, low];
}

/** Multiplication in GF(32). */
function product(left: number, right: number): number {
  let sum = 0;
  for (let bit = 4; bit >= 0; bit -= 1) {
    sum <<= 1;
    if (sum & 32) sum ^= reduction;
    if ((right >> bit) & 1) sum ^= left;
  }
  return sum;
}

/**
 * The digest that the database stores instead of a key: HMAC-SHA256 (RFC 2104) in 64 lower-case hexadecimal digits. The pepper is
 * outside the database, so a stolen copy of the table doesn't allow testing keys, not even short imported ones.
 *
 * @param underPepper the HMAC whose key is the pepper
 */
export function keyDigest(key: LicenseKey, underPepper: Hmac): string {
  return underPepper(key, "hex");
}

type NewKey = { readonly key: LicenseKey; readonly keyDigest: string; readonly sealedKey: string };

type KeyOrder = {
  /** The caller's own key, used instead of a random one. */
  readonly own?: string | undefined;
  readonly prefix: string;
  /** The idempotency key under which the answer is stored. */
  readonly claim: IdempotencyKey | undefined;
};

/** A key for a license: the key itself, which is shown once, its digest, and its sealed form for a replay. */
export function newKey(runtime: Runtime, { own, prefix, claim }: KeyOrder): NewKey {
  const key = own === undefined ? generateKey(prefix, runtime.random) : ownKey(own);
  return { key, keyDigest: digestKey(runtime, key), sealedKey: sealShown(runtime, key, { purpose: "license-key", claim }) };
}

export function digestKey(runtime: Runtime, key: LicenseKey): string {
  return keyDigest(key, once(runtime, underPepper));
}

function underPepper({ keyPepper }: Runtime): Hmac {
  return hmacSha256(Buffer.from(keyPepper, "utf8"));
}

function ownKey(text: string): LicenseKey {
  const parsed = parseKey(text);
  if ("normalized" in parsed) return parsed.normalized;
  const detail = parsed.fault === "mistyped" ? "has the form of a generated key, but its check symbols don't fit" : "is not a key";
  return throwFaults([{ pointer: "/key", detail }]);
}
