import { parsedJson } from "../base/parsed-json.ts";
import { isBase64url } from "../base/base64url.ts";

/**
 * One JOSE type. A verifier that expects one type refuses the other (RFC 8725 §3.11). `sealed`: the payload is a JWE (`cty`, RFC
 * 7515 §4.1.10); else it is the claims themselves.
 */
export type Profile = {
  readonly header: { readonly alg: "Ed25519"; readonly typ: string; readonly cty?: "JWE" };
  readonly sealed: boolean;
  /** The most characters of the compact JWS. */
  readonly charactersMax: number;
  readonly readHeader: (segment: string) => Header;
};

/** The result of reading a protected header: whether it is canonical base64url, and its kid if the header matches the profile. */
type Header = { readonly canonical: boolean; readonly kid: string | undefined };

/** `isBase64url` for long segments, in the runtime's fastest form. */
export type IsCanonical = (segment: string) => boolean;

/** The most characters of a certificate, and of the signed part of a license file. */
const certificateCharactersMax = 8_192;
/** The most characters of a beacon: 1,000 floors of the longest ids and sequences need fewer. */
export const beaconCharactersMax = 65_536;

export const certificateProfile = profileOf({ alg: "Ed25519", typ: "license+jwt", cty: "JWE" }, certificateCharactersMax);
export const licenseFileProfile = profileOf({ alg: "Ed25519", typ: "license-file+jwt" }, certificateCharactersMax);
/** The type of a license file for one machine, which readers from before such files refuse. */
export const machineFileProfile = profileOf({ alg: "Ed25519", typ: "machine-file+jwt" }, certificateCharactersMax);
export const beaconProfile = profileOf({ alg: "Ed25519", typ: "license-beacon+jwt" }, beaconCharactersMax);

/** The header of the inner JWE: direct encryption, so that no key is wrapped. */
export const sealedHeader = { alg: "dir", enc: "A256GCM" } as const;

const signatureCharacters = 86;
const ivCharacters = 16;
const tagCharacters = 22;
const thumbprint = /^[A-Za-z0-9_-]{43}$/;
const secretId = /^[A-Za-z0-9_-]{11}$/;

/** The profile of a license file's content, by its header. A file of the other type is for all machines. */
export function fileProfileOf(content: string): Profile {
  const header = content.length > certificateCharactersMax ? "" : content.slice(0, Math.max(0, content.indexOf(".")));
  return machineFileProfile.readHeader(header).kid === undefined ? licenseFileProfile : machineFileProfile;
}

type Envelope = {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  /** The signed text: the first two segments and the dot between them. */
  readonly signingInput: string;
};

/**
 * Splits a compact JWS (RFC 7515 §7.1) that has a canonical payload and a canonical signature of 64 bytes; undefined otherwise.
 * `readHeader` checks the header.
 */
export function splitEnvelope(text: string, isCanonical: IsCanonical): Envelope | undefined {
  const first = text.indexOf(".");
  const second = text.indexOf(".", first + 1);
  // Without a first dot there is no second.
  if (second < 0) return undefined;
  const header = text.slice(0, first);
  const signature = text.slice(second + 1);
  if (signature.length !== signatureCharacters || !isBase64url(signature)) return undefined;
  const payload = text.slice(first + 1, second);
  return isCanonical(payload) ? { header, payload, signature, signingInput: text.slice(0, second) } : undefined;
}

export type Sealed = {
  /** In its encoded form, which is the additional authenticated data (RFC 7516 §5.2 step 14). */
  readonly header: string;
  /** Base64url. `iv` is 12 bytes, `ciphertext` any number, `tag` 16. */
  readonly iv: string;
  readonly ciphertext: string;
  readonly tag: string;
};

/**
 * Splits a compact JWE (RFC 7516 §7.1). With direct encryption its second segment is empty (§5.1 step 5). `readSecretId` checks
 * the header. A fifth dot would be inside the tag, which then isn't canonical.
 */
export function splitSealed(text: string, isCanonical: IsCanonical): Sealed | undefined {
  const first = text.indexOf(".");
  const third = text.indexOf(".", first + 2);
  const fourth = text.indexOf(".", third + 1);
  // If the third dot is missing, `third` is -1 and `fourth` finds the first dot, so the tag contains a dot and is refused. If all
  // are missing, `fourth` is -1.
  if (fourth < 0 || text.charAt(first + 1) !== ".") return undefined;
  const header = text.slice(0, first);
  const iv = text.slice(first + 2, third);
  const tag = text.slice(fourth + 1);
  if (iv.length !== ivCharacters || tag.length !== tagCharacters || !isBase64url(iv) || !isBase64url(tag)) return undefined;
  const ciphertext = text.slice(third + 1, fourth);
  return isCanonical(ciphertext) ? { header, iv, ciphertext, tag } : undefined;
}

/** The secret's id from the header of a JWE; undefined unless the header is canonically encoded and has exactly our members. */
export const readSecretId = rememberLast((segment): string | undefined => {
  if (!isBase64url(segment)) return undefined;
  const { alg, enc, kid } = readMembers(segment, 3);
  if (alg !== sealedHeader.alg || enc !== sealedHeader.enc) return undefined;
  return typeof kid === "string" && secretId.test(kid) ? kid : undefined;
});

function profileOf(header: Profile["header"], charactersMax: number): Profile {
  const count = Object.keys(header).length + 1;
  const readHeader = rememberLast((segment): Header => {
    if (!isBase64url(segment)) return { canonical: false, kid: undefined };
    const { alg, typ, cty, kid } = readMembers(segment, count);
    const exact = alg === header.alg && typ === header.typ && cty === header.cty;
    return { canonical: true, kid: exact && typeof kid === "string" && thumbprint.test(kid) ? kid : undefined };
  });
  return { header, sealed: header.cty === "JWE", charactersMax, readHeader };
}

/**
 * The members of a JOSE header that has exactly `count` members, else none. The callers check each expected member, so there is
 * no room for an unexpected one (`crit`, `jwk`, `jku`, `x5u`, `zip`, `b64`, …). Serializing the value must reproduce the text:
 * else a member is repeated or spelled differently, and two readers could read it differently.
 */
function readMembers(segment: string, count: number): Readonly<Record<string, unknown>> {
  // Every byte becomes one character: the members that are accepted hold only ASCII.
  const text = atob(segment.replaceAll("-", "+").replaceAll("_", "/"));
  const value = parsedJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  if (Object.keys(value).length !== count || JSON.stringify(value) !== text) return {};
  return { ...value };
}

/**
 * Keeps the last answer. Certificates of one key have the same header, so it nearly always serves. The answer depends on the text
 * alone: not on the ring, the clock or the signature.
 */
function rememberLast<Answer>(read: (segment: string) => Answer): (segment: string) => Answer {
  let last: { readonly segment: string; readonly answer: Answer } | undefined;
  return (segment) => {
    if (last?.segment !== segment) last = { segment, answer: read(segment) };
    return last.answer;
  };
}

/**
 * RFC 5869 `info` of a license's key, without the license id that follows it. A new format needs a new prefix, so that its keys
 * differ.
 */
export const payloadKeyInfo = "licensing/certificate/v1/";
export const payloadKeyBytes = 32;
