import { binaryOf, isBase64url } from "../base/base64url.ts";
import { isRecord, parsedJson } from "../base/parsed-json.ts";
import { isMatch } from "./claims.ts";

/**
 * One JOSE type. A verifier that expects one type refuses the other (RFC 8725 §3.11). `sealed`: the payload is a JWE (`cty`, RFC
 * 7515 §4.1.10); else it is the claims themselves.
 */
export type Profile = {
  readonly header: { readonly alg: "Ed25519"; readonly typ: string; readonly cty?: "JWE" };
  readonly sealed: boolean;
  /** The most characters of the compact JWS. */
  readonly charactersMax: number;
  readonly readHeader: ReadHeader;
};

/** Reads a protected header. Undefined: it isn't canonical base64url. Without a `kid`: it isn't exactly the expected header. */
type ReadHeader = (segment: string) => { readonly kid: string | undefined } | undefined;

/** `isBase64url` for long segments, in the runtime's fastest form. */
export type IsCanonical = (segment: string) => boolean;

/** The most characters of a certificate, and of the signed part of a license file. */
const certificateCharactersMax = 8_192;
/** The most characters of a beacon: 1,000 floors of the longest ids and sequences need fewer. */
export const beaconCharactersMax = 65_536;

const signatureCharacters = 86;
const ivCharacters = 16;
const tagCharacters = 22;
const thumbprint = /^[A-Za-z0-9_-]{43}$/;
/** The id of an application secret. */
export const secretIdPattern = /^[A-Za-z0-9_-]{11}$/;

export const certificateProfile = profileOf({ alg: "Ed25519", typ: "license+jwt", cty: "JWE" }, certificateCharactersMax);
export const licenseFileProfile = profileOf({ alg: "Ed25519", typ: "license-file+jwt" }, certificateCharactersMax);
/** The type of a license file for one machine, which readers that are older than such files refuse. */
export const machineFileProfile = profileOf({ alg: "Ed25519", typ: "machine-file+jwt" }, certificateCharactersMax);
export const beaconProfile = profileOf({ alg: "Ed25519", typ: "license-beacon+jwt" }, beaconCharactersMax);

/** The header of the inner JWE: direct encryption, so that no key is wrapped. */
export const sealedHeader = { alg: "dir", enc: "A256GCM" } as const;

/** The profile of a license file's content, by its header. A file of the other type is for all machines. */
export function fileProfileOf(content: string): Profile {
  const header = content.length > certificateCharactersMax ? "" : content.slice(0, Math.max(0, content.indexOf(".")));
  return machineFileProfile.readHeader(header)?.kid === undefined ? licenseFileProfile : machineFileProfile;
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
  const [header = "", payload = "", signature = "", ...others] = text.split(".");
  if (others.length > 0 || signature.length !== signatureCharacters || !isBase64url(signature)) return undefined;
  return isCanonical(payload) ? { header, payload, signature, signingInput: text.slice(0, -1 - signatureCharacters) } : undefined;
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
 * the header.
 */
export function splitSealed(text: string, isCanonical: IsCanonical): Sealed | undefined {
  const [header = "", key, iv = "", ciphertext = "", tag = "", ...others] = text.split(".");
  if (key !== "" || others.length > 0) return undefined;
  if (iv.length !== ivCharacters || tag.length !== tagCharacters || !isBase64url(iv) || !isBase64url(tag)) return undefined;
  return isCanonical(ciphertext) ? { header, iv, ciphertext, tag } : undefined;
}

const readSealedHeader = headerReader(sealedHeader, secretIdPattern);

/** The secret's id from the header of a JWE; undefined unless the header is canonically encoded and has exactly our members. */
export function readSecretId(segment: string): string | undefined {
  return readSealedHeader(segment)?.kid;
}

function profileOf(header: Profile["header"], charactersMax: number): Profile {
  return { header, sealed: header.cty === "JWE", charactersMax, readHeader: headerReader(header, thumbprint) };
}

/**
 * Makes the reader of a JOSE header that has exactly the members of `expected` and a `kid` of one form. So there is no room for an
 * unexpected member (`crit`, `jwk`, `jku`, `x5u`, `zip`, `b64`, …). Serializing the value must reproduce the text: else a member
 * is repeated or spelled differently, and two readers could read it differently.
 */
function headerReader(expected: Readonly<Record<string, string>>, kidPattern: RegExp): ReadHeader {
  const names = Object.keys(expected);
  return rememberLast((segment) => {
    if (!isBase64url(segment)) return undefined;
    // Every byte becomes one character: the members that are accepted hold only ASCII.
    const text = binaryOf(segment);
    const value = parsedJson(text);
    const { kid, ...members } = isRecord(value) ? value : {};
    const isExact = Object.keys(members).length === names.length && names.every((name) => members[name] === expected[name]);
    const isReadable = isExact && JSON.stringify(value) === text && isMatch(kid, kidPattern);
    return { kid: isReadable ? kid : undefined };
  });
}

/**
 * Keeps the last answer. Certificates of one key have the same header, so the kept answer nearly always fits. The answer depends
 * on the text alone: not on the ring, the clock or the signature.
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
