import { parseClaims, type Claims } from "./claims.ts";
import { certificateCharactersMax, readSecretId, splitEnvelope, splitSealed, type Profile, type Sealed } from "./envelope.ts";
import { refuse, type Reason, type Verdict } from "./verdict.ts";

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

export type VerifyAsk<Key> = {
  readonly ask: "verify";
  readonly key: Key;
  /** ASCII: the first two segments and the dot between them. */
  readonly signingInput: string;
  /** Base64url of 64 bytes. */
  readonly signature: string;
};
export type OpenAsk<Secret> = Sealed & {
  readonly ask: "open";
  readonly secret: Secret;
  readonly licenseId: string;
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

const skewSecondsDefault = 60;

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
  const kid = profile.readKid(envelope.header);
  if (kid === undefined) return refuse("header");

  if (expected.deniedKids?.has(kid) === true) return refuse("key-denied", kid);
  const key = expected.ring.get(kid);
  if (key === undefined) return refuse("key-unknown", kid);
  const { signingInput, signature } = envelope;
  if ((yield { ask: "verify", key, signingInput, signature }) !== true) return refuse("signature", kid);

  let plaintext: Answer = decode(envelope.payload);
  if (typeof plaintext !== "string") return refuse("payload", kid);
  if (profile.sealed) {
    const sealed = splitSealed(plaintext);
    const sealedBy = sealed && readSecretId(sealed.header);
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
