import { isBase64url } from "./base64url.ts";
import { parseClaims, type Claims } from "./claims.ts";

/**
 * Why a certificate is refused, in the order in which the profile asks:
 *
 * | reason | it |
 * |---|---|
 * | `size` | isn't a text of 1 to 8192 characters |
 * | `armour` | (licence file) isn't one well-formed block of RFC 7468 |
 * | `shape` | isn't three dotted segments of canonical base64url with a signature of 64 bytes |
 * | `header` | has a protected header that isn't exactly the profile's: `alg`, `typ`, `cty`, `kid` and nothing else |
 * | `key-denied` | names a key that is denied |
 * | `key-unknown` | names a key that the ring doesn't hold: the one reason that a fresher ring can cure |
 * | `signature` | wasn't signed by that key (strict RFC 8032) |
 * | `payload` | was signed, but doesn't hold an envelope of this profile |
 * | `secret-unknown` | is sealed under an application secret that isn't held |
 * | `decrypt` | doesn't open with this licence's key: a wrong secret, or another licence's certificate |
 * | `claims` | opens to something that isn't claims |
 * | `subject` `issuer` `audience` | is about, by or for somebody else |
 * | `issued-in-future` | was issued after now and the allowed skew: a clock is wrong |
 * | `expired` | is past its `exp` |
 * | `rollback` | is older than one already seen |
 * | `fault` | made the verifier itself fail; never seen, and never a licence |
 */
export type Reason =
  | "size"
  | "armour"
  | "shape"
  | "header"
  | "key-denied"
  | "key-unknown"
  | "signature"
  | "payload"
  | "secret-unknown"
  | "decrypt"
  | "claims"
  | "subject"
  | "issuer"
  | "audience"
  | "issued-in-future"
  | "expired"
  | "rollback"
  | "fault";

/** `kid` on a refusal is what the text claims, once that much could be read: believe it only after `signature`. */
export type Verdict =
  | { readonly ok: true; readonly claims: Claims; readonly kid: string }
  | { readonly ok: false; readonly reason: Reason; readonly kid?: string };

/** What the caller expects. `nowMs` is its clock; `sequenceFloor` the highest sequence it has seen. */
export type Expectation<Key> = {
  readonly licenseId: string;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** Trusted keys by RFC 7638 thumbprint. Only keys that passed `assertPublicKey` belong here. */
  readonly ring: ReadonlyMap<string, Key>;
  readonly deniedKids?: ReadonlySet<string> | undefined;
  readonly nowMs: number;
  /** How far ahead of this clock the issuer's may be; 60 unless told. Never lengthens `exp`. */
  readonly skewSeconds?: number | undefined;
  readonly sequenceFloor?: number | undefined;
};

/** Application secrets by id: the current one, and the previous one while it is being changed. */
export type Secrets<Secret> = ReadonlyMap<string, Secret>;

/** One JOSE type: a verifier told to expect one refuses the other (RFC 8725 §3.11). */
export type Profile = { readonly typ: string; readonly cty?: string };

export type VerifyAsk<Key> = {
  readonly ask: "verify";
  readonly key: Key;
  /** ASCII: the first two segments and the dot between them. */
  readonly signingInput: string;
  /** Base64url of 64 bytes. */
  readonly signature: string;
};
export type OpenAsk<Secret> = {
  readonly ask: "open";
  readonly secret: Secret;
  readonly licenseId: string;
  /** The additional authenticated data: the encoded header itself (RFC 7516 §5.2). */
  readonly header: string;
  /** Base64url of 12 bytes, of anything, and of 16 bytes. */
  readonly iv: string;
  readonly ciphertext: string;
  readonly tag: string;
};
type Ask<Key, Secret> = VerifyAsk<Key> | OpenAsk<Secret>;
/** `true` for a good signature; the plaintext for a good seal; anything else is a refusal. */
type Answer = boolean | string | undefined;

/** The cryptography that the profile needs, on one runtime. None of the three throws for a bad input. */
export type Cryptography<Key, Secret> = {
  /** Canonical base64url of well-formed UTF-8 to text, or undefined. */
  readonly decode: (segment: string) => string | undefined;
  readonly verify: (ask: VerifyAsk<Key>) => boolean | Promise<boolean>;
  readonly open: (ask: OpenAsk<Secret>) => string | undefined | Promise<string | undefined>;
};

export const certificateProfile: Profile = { typ: "license+jwt", cty: "JWE" };
export const licenseFileProfile: Profile = { typ: "license-file+jwt" };
export const signatureAlgorithm = "Ed25519";
export const sealAlgorithm = "dir";
export const sealEncryption = "A256GCM";

/** The most characters of a certificate, and of the signed part of a licence file. */
export const certificateCharactersMax = 8_192;
const skewSecondsDefault = 60;
const thumbprint = /^[A-Za-z0-9_-]{43}$/;
const secretId = /^[A-Za-z0-9_-]{11}$/;
const signatureCharacters = 86;
const ivCharacters = 16;
const tagCharacters = 22;

export type Subject<Key, Secret> = {
  readonly profile: Profile;
  readonly expected: Expectation<Key>;
  /** Absent for a profile that is signed only. */
  readonly secrets?: Secrets<Secret> | undefined;
  readonly decode: Cryptography<Key, Secret>["decode"];
};

/**
 * The verification profile, once, for every runtime and both types: it decides, and yields the two questions that
 * only cryptography can answer. Drive it with `runVerification` or its asynchronous twin.
 */
export function* verification<Key, Secret>(
  text: unknown,
  subject: Subject<Key, Secret>,
): Generator<Ask<Key, Secret>, Verdict, Answer> {
  const { profile, expected, decode } = subject;
  if (typeof text !== "string" || text.length === 0 || text.length > certificateCharactersMax) return refuse("size");
  const envelope = splitEnvelope(text);
  if (envelope === undefined) return refuse("shape");
  const kid = readHeader(decode(envelope.header), profile);
  if (kid === undefined) return refuse("header");

  if (expected.deniedKids?.has(kid) === true) return refuse("key-denied", kid);
  const key = expected.ring.get(kid);
  if (key === undefined) return refuse("key-unknown", kid);
  const { signingInput, signature } = envelope;
  if ((yield { ask: "verify", key, signingInput, signature }) !== true) return refuse("signature", kid);

  let plaintext: Answer = decode(envelope.payload);
  if (typeof plaintext !== "string") return refuse("payload", kid);
  if (profile.cty !== undefined) {
    const sealed = splitSealed(plaintext);
    const sealedBy = sealed && readSealedHeader(decode(sealed.header));
    if (sealed === undefined || sealedBy === undefined) return refuse("payload", kid);
    const secret = subject.secrets?.get(sealedBy);
    if (secret === undefined) return refuse("secret-unknown", kid);
    plaintext = yield { ask: "open", secret, licenseId: expected.licenseId, ...sealed };
    if (typeof plaintext !== "string") return refuse("decrypt", kid);
  }

  const claims = parseClaims(plaintext);
  if (claims === undefined) return refuse("claims", kid);
  const reason = judge(claims, expected);
  return reason === undefined ? { ok: true, claims, kid } : refuse(reason, kid);
}

export function refuse(reason: Reason, kid?: string): Verdict {
  return kid === undefined ? { ok: false, reason } : { ok: false, reason, kid };
}

/** Compares so that a NaN from a broken clock or floor refuses instead of passing. */
function judge<Key>(claims: Claims, expected: Expectation<Key>): Reason | undefined {
  const skewSeconds = expected.skewSeconds ?? skewSecondsDefault;
  if (claims.sub !== expected.licenseId) return "subject";
  if (expected.issuer !== undefined && claims.iss !== expected.issuer) return "issuer";
  if (expected.audience !== undefined && claims.aud !== expected.audience) return "audience";
  if (!(claims.iat * 1000 <= expected.nowMs + skewSeconds * 1000)) return "issued-in-future";
  if (!(expected.nowMs < claims.exp * 1000)) return "expired";
  const floor = expected.sequenceFloor;
  if (floor !== undefined && !(claims.license.sequence >= floor)) return "rollback";
  return undefined;
}

type Envelope = {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  readonly signingInput: string;
};

/** RFC 7515 §7.1. */
function splitEnvelope(text: string): Envelope | undefined {
  const first = text.indexOf(".");
  const second = text.indexOf(".", first + 1);
  if (first < 0 || second < 0) return undefined;
  const header = text.slice(0, first);
  const payload = text.slice(first + 1, second);
  const signature = text.slice(second + 1);
  if (signature.length !== signatureCharacters) return undefined;
  if (!isBase64url(header) || !isBase64url(payload) || !isBase64url(signature)) return undefined;
  return { header, payload, signature, signingInput: text.slice(0, second) };
}

type Sealed = Pick<OpenAsk<unknown>, "header" | "iv" | "ciphertext" | "tag">;

/** RFC 7516 §7.1 with direct encryption: the second segment, an encrypted key, is empty (§5.1 step 5). */
function splitSealed(text: string): Sealed | undefined {
  const segments = text.split(".", 6);
  if (segments.length !== 5) return undefined;
  const [header = "", encryptedKey, iv = "", ciphertext = "", tag = ""] = segments;
  if (encryptedKey !== "" || iv.length !== ivCharacters || tag.length !== tagCharacters) return undefined;
  if (!isBase64url(header) || !isBase64url(iv) || !isBase64url(ciphertext) || !isBase64url(tag)) return undefined;
  return { header, iv, ciphertext, tag };
}

/** The kid of a header that is exactly the profile's, else undefined. */
function readHeader(text: string | undefined, profile: Profile): string | undefined {
  const { alg, typ, cty, kid } = readMembers(text, profile.cty === undefined ? 3 : 4);
  if (alg !== signatureAlgorithm || typ !== profile.typ || cty !== profile.cty) return undefined;
  return typeof kid === "string" && thumbprint.test(kid) ? kid : undefined;
}

function readSealedHeader(text: string | undefined): string | undefined {
  const { alg, enc, kid } = readMembers(text, 3);
  if (alg !== sealAlgorithm || enc !== sealEncryption) return undefined;
  return typeof kid === "string" && secretId.test(kid) ? kid : undefined;
}

/**
 * The members of a JOSE header that has exactly `count` of them, else none. Because every expected member is then
 * looked at, an unexpected one (`crit`, `jwk`, `jku`, `x5u`, `zip`, `b64`, …) has no room. A text that doesn't come
 * out again as it went in has a member twice or another spelling, and two readers could read it differently.
 */
function readMembers(text: string | undefined, count: number): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  if (Object.keys(value).length !== count || JSON.stringify(value) !== text) return {};
  return { ...value };
}

type Run<Key, Secret> = Generator<Ask<Key, Secret>, Verdict, Answer>;

/** Drives the profile with cryptography that answers at once. Never throws. */
export function runVerification<Key, Secret>(
  run: Run<Key, Secret>,
  answer: (ask: Ask<Key, Secret>) => Answer,
): Verdict {
  try {
    let step = run.next();
    while (step.done !== true) step = run.next(answer(step.value));
    return step.value;
  } catch {
    return refuse("fault");
  }
}

/** Drives the profile with cryptography that answers later. Never rejects. */
export async function runVerificationAsync<Key, Secret>(
  run: Run<Key, Secret>,
  answer: (ask: Ask<Key, Secret>) => Answer | Promise<Answer>,
): Promise<Verdict> {
  try {
    let step = run.next();
    while (step.done !== true) step = run.next(await answer(step.value));
    return step.value;
  } catch {
    return refuse("fault");
  }
}
