import type { Reason } from "../certificate/verification.ts";

/** The result of reading a license. */
export type Reading = {
  /** The newest certificate, or the content of a license file; undefined if there is none. */
  readonly certificate: string | undefined;
  /** Whether the service reported that the license doesn't exist. */
  readonly isNotFound?: boolean;
  /** The beacon, if it was asked for and read in the same transaction as the certificate; undefined or null: there was none. */
  readonly beacon?: string | null | undefined;
};

export type ReadOptions = {
  readonly signal: AbortSignal;
  /** Whether the beacon is wanted too. It must be read in the same transaction. */
  readonly withBeacon?: boolean | undefined;
};

/**
 * A place to read certificates. `read` returns the newest certificate of a license, or undefined, and throws a SourceError; any
 * other error counts as UNREACHABLE. It must end when `signal` aborts; the gate stops waiting in any case.
 */
export type Source = {
  /**
   * The format of the texts: certificates, or the contents of license files without their armour, which are signed only. A gate
   * verifies one format.
   */
  readonly format: "certificate" | "license-file";
  readonly read: (licenseId: string, options: ReadOptions) => Promise<string | Reading | undefined>;
  /** Whether `read` can return the beacon, as sources that read Redis can. */
  readonly hasBeacon?: boolean | undefined;
};

export type SourceCode = "UNREACHABLE" | "FORBIDDEN" | "MALFORMED";

export type SourceFault = {
  /** The host, a status or a network error's code. It is logged, so it never holds a credential, a path or content. */
  readonly cause?: string | undefined;
  /**
   * The origin of the failure. `source`: the source is failing for every license, so it isn't asked for a while. `license`: the
   * failure is about this license only. Absent if there was no answer: a kept connection may have died, and another is tried.
   */
  readonly from?: "source" | "license";
};

/**
 * `UNREACHABLE`: there was no usable answer. `FORBIDDEN`: the credential was refused. `MALFORMED`: the stored value isn't a
 * certificate. The message names a host at most, never a credential or content: it is safe to log.
 */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly code: SourceCode;
  readonly fault: SourceFault;
  constructor(code: SourceCode, fault: SourceFault = {}) {
    super(`source: ${code}${fault.cause === undefined ? "" : `, ${fault.cause}`}`);
    this.code = code;
    this.fault = fault;
  }
}

/** A reading that failed. */
export type Failure = SourceFault & { readonly code: SourceCode };

/** Translates an error of a source. A SourceError is recognized by name, so that one of another copy of this package counts too. */
export function failureOf(error: unknown): Failure {
  const { name, code, fault } = Object(error) as Partial<SourceError>;
  if (name !== "SourceError") return { code: "UNREACHABLE", cause: networkCauseOf(error) };
  if (code === "MALFORMED") return { code, from: "license", ...fault };
  return code === "FORBIDDEN" ? { code, from: "source", ...fault } : { ...fault, code: "UNREACHABLE" };
}

/** A cause that names the host of an address and may be logged; the rest of the address may hold a secret. */
export function causeAt(url: string, what: string): string {
  return `${new URL(url).host}: ${what}`;
}

/** The code of a network error, such as `ENOTFOUND` or `CERT_HAS_EXPIRED`; never its message, which may hold sent data. */
export function networkCauseOf(error: unknown, depth = 0): string | undefined {
  const { code, cause, name } = Object(error) as { code?: unknown; cause?: unknown; name?: unknown };
  if (typeof code === "string" && /^[A-Z][A-Z0-9_]{3,60}$/.test(code)) return code;
  if (name === "AbortError") return "no answer in time";
  return cause === undefined || depth === causesMax ? undefined : networkCauseOf(cause, depth + 1);
}
const causesMax = 4;

/** Why there is no usable certificate. */
export type UnknownCode =
  /** The source has no certificate of this license. */
  | "NOT_PUBLISHED"
  /** The source gave no usable answer in time. */
  | "UNREACHABLE"
  /** The source refused the credential. */
  | "FORBIDDEN"
  /** The key set could not be loaded, and an earlier one may no longer be used. */
  | "KEYS_UNREACHABLE"
  /** The source's value isn't a certificate. */
  | "MALFORMED"
  | "KEY_UNKNOWN"
  | "KEY_DENIED"
  | "BAD_SIGNATURE"
  /** The certificate is sealed under an application secret that the gate doesn't have. */
  | "SECRET_UNKNOWN"
  /** The certificate doesn't open with this license's key: the secret is wrong, or it is another license's certificate. */
  | "NOT_DECRYPTABLE"
  | "WRONG_LICENSE"
  | "WRONG_ISSUER"
  | "WRONG_AUDIENCE"
  /** Issued later than now: this clock is behind, or the issuer's is ahead. */
  | "ISSUED_IN_FUTURE"
  /** Past its `exp`, and no newer certificate was published. */
  | "CERTIFICATE_EXPIRED"
  /** Its sequence is lower than one that was accepted before. */
  | "ROLLBACK"
  /** The certificate's list of seats is truncated and doesn't contain the fingerprint. */
  | "SEATS_NOT_LISTED"
  /** The certificate is older than the service's list of denials, and the list isn't complete for its time. */
  | "FLOORS_INCOMPLETE"
  /** Nothing younger than `beaconMaxSeconds` says that the source is current. */
  | "BEACON_STALE"
  /** `checkNow` before the first reading. */
  | "NOT_READ"
  /** The gate was closed before this license was read. */
  | "CLOSED"
  /** The verifier itself failed; no input is known to cause it. */
  | "FAULT";

/** Reasons that aren't listed mean that the text isn't a certificate, or concern time, which a gate's verification leaves out. */
const codes: Readonly<Partial<Record<Reason, UnknownCode>>> = {
  "key-denied": "KEY_DENIED",
  "key-unknown": "KEY_UNKNOWN",
  signature: "BAD_SIGNATURE",
  "secret-unknown": "SECRET_UNKNOWN",
  decrypt: "NOT_DECRYPTABLE",
  subject: "WRONG_LICENSE",
  issuer: "WRONG_ISSUER",
  audience: "WRONG_AUDIENCE",
  fault: "FAULT",
};

/** Translates the reason of a refused certificate to the consumer's code. */
export function codeOfReason(reason: Reason): UnknownCode {
  return codes[reason] ?? "MALFORMED";
}
