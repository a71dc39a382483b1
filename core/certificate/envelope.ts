import { isBase64url } from "./base64url.ts";

/**
 * One JOSE type. A verifier told to expect one refuses the other (RFC 8725 §3.11).
 * `sealed`: the payload is a JWE (`cty`, RFC 7515 §4.1.10); else it is the claims themselves.
 */
export type Profile = {
  readonly header: { readonly alg: "Ed25519"; readonly typ: string; readonly cty?: "JWE" };
  readonly sealed: boolean;
  /** The kid of an encoded protected header that is exactly this profile's, else undefined. */
  readonly readKid: (segment: string) => string | undefined;
};

export const certificateProfile = profileOf({ alg: "Ed25519", typ: "license+jwt", cty: "JWE" });
export const licenseFileProfile = profileOf({ alg: "Ed25519", typ: "license-file+jwt" });

/** The header of the JWE within: direct encryption, so that no key is wrapped. */
export const sealedHeader = { alg: "dir", enc: "A256GCM" } as const;

/** The most characters of a certificate, and of the signed part of a licence file. */
export const certificateCharactersMax = 8_192;
const signatureCharacters = 86;
const ivCharacters = 16;
const tagCharacters = 22;
const thumbprint = /^[A-Za-z0-9_-]{43}$/;
const secretId = /^[A-Za-z0-9_-]{11}$/;

export type Envelope = {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  /** What was signed: the first two segments and the dot between them. */
  readonly signingInput: string;
};

/** Splits a compact JWS (RFC 7515 §7.1) with a signature of 64 bytes, each segment canonical; else undefined. */
export function splitEnvelope(text: string): Envelope | undefined {
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

export type Sealed = {
  /** As it was encoded: it is the additional authenticated data (RFC 7516 §5.2 step 14). */
  readonly header: string;
  /** Base64url of 12 bytes, of any number, and of 16. */
  readonly iv: string;
  readonly ciphertext: string;
  readonly tag: string;
};

/** Splits a compact JWE (RFC 7516 §7.1); with direct encryption its second segment is empty (§5.1 step 5). */
export function splitSealed(text: string): Sealed | undefined {
  const segments = text.split(".", 6);
  if (segments.length !== 5) return undefined;
  const [header = "", encryptedKey, iv = "", ciphertext = "", tag = ""] = segments;
  if (encryptedKey !== "" || iv.length !== ivCharacters || tag.length !== tagCharacters) return undefined;
  if (!isBase64url(header) || !isBase64url(iv) || !isBase64url(ciphertext) || !isBase64url(tag)) return undefined;
  return { header, iv, ciphertext, tag };
}

/** The secret's id from the encoded header of a JWE that is exactly ours, else undefined. */
export const readSecretId = rememberLast((segment) => {
  const { alg, enc, kid } = readMembers(segment, 3);
  if (alg !== sealedHeader.alg || enc !== sealedHeader.enc) return undefined;
  return typeof kid === "string" && secretId.test(kid) ? kid : undefined;
});

function profileOf(header: Profile["header"]): Profile {
  const count = Object.keys(header).length + 1;
  const readKid = rememberLast((segment) => {
    const { alg, typ, cty, kid } = readMembers(segment, count);
    if (alg !== header.alg || typ !== header.typ || cty !== header.cty) return undefined;
    return typeof kid === "string" && thumbprint.test(kid) ? kid : undefined;
  });
  return { header, sealed: header.cty === "JWE", readKid };
}

/**
 * The members of a JOSE header that has exactly `count` of them, else none. Because every expected member is then
 * looked at, an unexpected one (`crit`, `jwk`, `jku`, `x5u`, `zip`, `b64`, …) has no room. A text that doesn't come
 * out again as it went in has a member twice or another spelling, and two readers could read it differently.
 */
function readMembers(segment: string, count: number): Readonly<Record<string, unknown>> {
  let value: unknown;
  // Every byte becomes one character: no member that we accept has others than ASCII.
  const text = atob(segment.replaceAll("-", "+").replaceAll("_", "/"));
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  if (Object.keys(value).length !== count || JSON.stringify(value) !== text) return {};
  return { ...value };
}

/** A header is the same for every certificate of one key, so the last answer nearly always serves. */
function rememberLast(read: (segment: string) => string | undefined): (segment: string) => string | undefined {
  let last: string | undefined;
  let answer: string | undefined;
  return (segment) => {
    if (segment !== last) {
      answer = read(segment);
      last = segment;
    }
    return answer;
  };
}
