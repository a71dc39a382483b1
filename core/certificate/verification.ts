import { andThen, orElse, type Soon } from "../base/soon.ts";
import { parseClaims, type Claims } from "./claims.ts";
import { machineFileProfile, readSecretId, splitEnvelope, splitSealed, type IsCanonical, type Profile, type Sealed } from "./envelope.ts";

/** The caller's expectations. `nowMs` is the caller's clock. `sequenceFloor` is the highest sequence that the caller has seen. */
export type Expectation<Key> = {
  readonly licenseId: string;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** Trusted keys by RFC 7638 thumbprint. Only keys that passed `assertPublicKey` belong here. */
  readonly ring: ReadonlyMap<string, Key>;
  readonly deniedKids?: ReadonlySet<string> | undefined;
  readonly nowMs: number;
  /** How far the issuer's clock may be ahead; 60 by default. Never lengthens `exp`. */
  readonly skewSeconds?: number | undefined;
  readonly sequenceFloor?: number | undefined;
};

/** Application secrets by id: the current one and, while it is being changed, the previous one. */
export type Secrets<Secret> = ReadonlyMap<string, Secret>;

export type VerifyAsk<Key> = {
  readonly key: Key;
  /** ASCII: the first two segments and the dot between them. */
  readonly signingInput: string;
  /** Base64url of 64 bytes. */
  readonly signature: string;
};
export type OpenAsk<Secret> = {
  readonly secret: Secret;
  readonly licenseId: string;
  readonly sealed: Sealed;
};

/** The cryptography that the profile needs, on one runtime. A bad input makes none of these functions throw. */
export type Cryptography<Key, Secret> = {
  readonly isCanonical: IsCanonical;
  /** Canonical base64url of well-formed UTF-8 to text, or undefined. */
  readonly decode: (segment: string) => string | undefined;
  /** True for a good signature; any other result is a refusal. */
  readonly verify: (ask: VerifyAsk<Key>) => Soon<boolean>;
  /** The plaintext if the tag is right; undefined is a refusal. */
  readonly open: (ask: OpenAsk<Secret>) => Soon<string | undefined>;
};

/** A `Cryptography` that is synchronous. */
export type CryptographyAtOnce<Key, Secret> = Omit<Cryptography<Key, Secret>, "verify" | "open"> & {
  readonly verify: (ask: VerifyAsk<Key>) => boolean;
  readonly open: (ask: OpenAsk<Secret>) => string | undefined;
};

const skewSecondsDefault = 60;

type Subject<Key, Secret> = {
  readonly profile: Profile;
  readonly expected: Expectation<Key>;
  /** Absent for a profile that is signed only. */
  readonly secrets?: Secrets<Secret> | undefined;
  readonly cryptography: Cryptography<Key, Secret>;
};
type SubjectAtOnce<Key, Secret> = Omit<Subject<Key, Secret>, "cryptography"> & { readonly cryptography: CryptographyAtOnce<Key, Secret> };

/**
 * The verification profile, for every runtime and every type of certificate and license file. Synchronous if the cryptography is. Accepts any value, and neither
 * throws nor rejects.
 */
export function verification<Key, Secret>(text: unknown, subject: SubjectAtOnce<Key, Secret>): Verdict;
export function verification<Key, Secret>(text: unknown, subject: Subject<Key, Secret>): Soon<Verdict>;
export function verification<Key, Secret>(text: unknown, subject: Subject<Key, Secret>): Soon<Verdict> {
  const verify = (): Soon<Verdict> => andThen(signedText(text, subject), (signed) => afterTheSignature(signed, subject));
  return orElse(verify, () => rejected("fault"));
}

/** The trusted keys and the cryptography that a signature is checked with. */
type SignedSubject<Key> = {
  readonly profile: Profile;
  readonly expected: Pick<Expectation<Key>, "ring" | "deniedKids">;
  readonly cryptography: Pick<Cryptography<Key, never>, "isCanonical" | "verify" | "decode">;
};
/** The payload of a text whose signature is good, or the refusal. */
export type Signed = { readonly ok: true; readonly text: string; readonly kid: string } | Refused;

/** The checks up to the signed payload, which every type shares. Throws only if the cryptography does. */
export function signedText<Key>(text: unknown, { profile, expected, cryptography }: SignedSubject<Key>): Soon<Signed> {
  if (typeof text !== "string" || text.length === 0 || text.length > profile.charactersMax) return rejected("size");
  const envelope = splitEnvelope(text, cryptography.isCanonical);
  const header = envelope && profile.readHeader(envelope.header);
  if (envelope === undefined || header === undefined) return rejected("shape");
  const { kid } = header;
  if (kid === undefined) return rejected("header");

  if (expected.deniedKids?.has(kid) === true) return rejected("key-denied", kid);
  const key = expected.ring.get(kid);
  if (key === undefined) return rejected("key-unknown", kid);
  const { signingInput, signature, payload } = envelope;
  return andThen(cryptography.verify({ key, signingInput, signature }), (good) => {
    if (good !== true) return rejected("signature", kid);
    const signed = cryptography.decode(payload);
    return signed === undefined ? rejected("payload", kid) : { ok: true, text: signed, kid };
  });
}

function afterTheSignature<Key, Secret>(signed: Signed, subject: Subject<Key, Secret>): Soon<Verdict> {
  if (!signed.ok) return signed;
  const { text, kid } = signed;
  const { profile, expected, secrets, cryptography } = subject;
  if (!profile.sealed) return afterTheSeal(text, kid, subject);
  const sealed = splitSealed(text, cryptography.isCanonical);
  const sealedBy = sealed && readSecretId(sealed.header);
  if (sealed === undefined || sealedBy === undefined) return rejected("payload", kid);
  const secret = secrets?.get(sealedBy);
  if (secret === undefined) return rejected("secret-unknown", kid);
  return andThen(cryptography.open({ secret, licenseId: expected.licenseId, sealed }), (opened) => afterTheSeal(opened, kid, subject));
}

function afterTheSeal<Key, Secret>(plaintext: string | undefined, kid: string, { profile, expected }: Subject<Key, Secret>): Verdict {
  if (plaintext === undefined) return rejected("decrypt", kid);
  const claims = parseClaims(plaintext);
  if (claims === undefined || (profile === machineFileProfile && claims.fingerprint === undefined)) return rejected("claims", kid);
  if (claims.sub !== expected.licenseId) return rejected("subject", kid);
  const reason = judge(claims, expected, { number: claims.license.sequence, floor: expected.sequenceFloor });
  return reason === undefined ? { ok: true, claims, kid } : rejected(reason, kid);
}

/** The number that orders texts of one type, and the highest such number that the caller has seen before. */
type Age = { readonly number: number; readonly floor: number | undefined };

/**
 * The checks of the registered claims of any type (RFC 7519 §4.1), issuer, audience and times, and of its age. Written so that a NaN
 * from a broken clock or floor refuses the text.
 */
export function judge(
  claims: Pick<Claims, "iss" | "aud" | "iat" | "exp">,
  expected: Pick<Expectation<never>, "issuer" | "audience" | "nowMs" | "skewSeconds">,
  { number, floor }: Age,
): Reason | undefined {
  const skewSeconds = expected.skewSeconds ?? skewSecondsDefault;
  if (expected.issuer !== undefined && claims.iss !== expected.issuer) return "issuer";
  if (expected.audience !== undefined && claims.aud !== expected.audience) return "audience";
  if (!(claims.iat * 1000 <= expected.nowMs + skewSeconds * 1000)) return "issued-in-future";
  if (!(expected.nowMs < claims.exp * 1000)) return "expired";
  return floor === undefined || number >= floor ? undefined : "rollback";
}

/** A refusal's `kid` is the one that the text names, if it could be read. It is proven only if the check of `signature` passed. */
export type Verdict = { readonly ok: true; readonly claims: Claims; readonly kid: string } | Refused;
export type Refused = { readonly ok: false; readonly reason: Reason; readonly kid?: string };

/**
 * Why a certificate is refused, in the order of the checks:
 *
 * | reason | it |
 * |---|---|
 * | `size` | isn't a text of 1 to 8192 characters (a beacon: 65536) |
 * | `armour` | (license file) isn't one well-formed block of RFC 7468 |
 * | `shape` | isn't three dotted segments of canonical base64url with a signature of 64 bytes |
 * | `header` | has a protected header that isn't exactly the profile's: `alg`, `typ`, `cty`, `kid` and nothing else |
 * | `key-denied` | names a denied key |
 * | `key-unknown` | names a key that the ring doesn't hold: the only reason that a fresher ring can remove |
 * | `signature` | wasn't signed by that key (strict RFC 8032) |
 * | `payload` | was signed, but doesn't hold an envelope of this profile |
 * | `secret-unknown` | is sealed under an application secret that the caller doesn't hold |
 * | `decrypt` | doesn't open with this license's key: a wrong secret, or another license's certificate |
 * | `claims` | opens to something that isn't claims |
 * | `subject` `issuer` `audience` | names another license, issuer or audience than expected |
 * | `issued-in-future` | was issued later than now plus the allowed skew: a clock is wrong |
 * | `expired` | is past its `exp` |
 * | `rollback` | has a sequence below `sequenceFloor` (a beacon: an `iat` below `iatFloor`) |
 * | `fault` | made the verifier itself throw; no input is known to do so |
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

export function rejected(reason: Reason, kid?: string): Refused {
  return kid === undefined ? { ok: false, reason } : { ok: false, reason, kid };
}
