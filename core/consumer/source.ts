import type { Reason } from "../certificate/verification.ts";

/** What a source has of a license. */
export type Reading = {
  /** The newest certificate, or what a license file holds; undefined if there is none. */
  readonly certificate: string | undefined;
  /** Whether there can't be one, because the service says that there is no such license. */
  readonly isNotFound?: boolean;
};

/**
 * Where certificates are read. `read` answers the newest one of a license, undefined if there is none, and throws a
 * SourceError, or anything else, which counts as UNREACHABLE. It must end when `signal` does; the gate stops waiting
 * then in any case.
 */
export type Source = {
  /** What the texts are: certificates, or what license files hold in their armour, which is signed only. A verifier takes one or the other. */
  readonly format: "certificate" | "license-file";
  readonly read: (licenseId: string, options: { readonly signal: AbortSignal }) => Promise<string | Reading | undefined>;
};

export type SourceCode = "UNREACHABLE" | "FORBIDDEN" | "MALFORMED";

export type SourceFault = {
  /** Host, status, or what the network said; never a credential, an address's path or a content: it is logged. */
  readonly cause?: string | undefined;
  /**
   * What answered so: the source about itself, which isn't asked about other licenses either then, for a while; or the
   * source about this license. Left out if nothing answered: a kept connection may have died, and is tried anew.
   */
  readonly from?: "source" | "license";
};

/**
 * `UNREACHABLE`: no usable answer; `FORBIDDEN`: our credential was refused; `MALFORMED`: what is held for this license
 * isn't a certificate. The message names a host at most, never a credential or a content: safe to log.
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

/** What an error of a source means. By name, so that a SourceError of another copy of this package is one too. */
export function failureOf(error: unknown): Failure {
  const { name, code, fault } = Object(error) as Partial<SourceError>;
  if (name !== "SourceError") return { code: "UNREACHABLE", cause: networkCauseOf(error) };
  if (code === "MALFORMED") return { code, from: "license", ...fault };
  return code === "FORBIDDEN" ? { code, from: "source", ...fault } : { ...fault, code: "UNREACHABLE" };
}

/** The code of a network's error, `ENOTFOUND` or `CERT_HAS_EXPIRED`; never a message, which may hold what was sent. */
export function networkCauseOf(error: unknown, depth = 0): string | undefined {
  const { code, cause, name } = Object(error) as { code?: unknown; cause?: unknown; name?: unknown };
  if (typeof code === "string" && /^[A-Z][A-Z0-9_]{3,60}$/.test(code)) return code;
  if (name === "AbortError") return "no answer in time";
  return cause === undefined || depth === causesMax ? undefined : networkCauseOf(cause, depth + 1);
}
const causesMax = 4;

/** Why nothing that can be believed answers. */
export type UnknownCode =
  /** The source has no certificate of this license. */
  | "NOT_PUBLISHED"
  /** The source gave no usable answer in time. */
  | "UNREACHABLE"
  /** The source refused our credential. */
  | "FORBIDDEN"
  /** The key set could not be loaded, and none loaded before may still be used. */
  | "KEYS_UNREACHABLE"
  /** What the source holds isn't a certificate. */
  | "MALFORMED"
  | "KEY_UNKNOWN"
  | "KEY_DENIED"
  | "BAD_SIGNATURE"
  /** Sealed under an application secret that isn't held. */
  | "SECRET_UNKNOWN"
  /** Doesn't open with this license's key: a wrong secret, or the certificate of another license. */
  | "NOT_DECRYPTABLE"
  | "WRONG_LICENSE"
  | "WRONG_ISSUER"
  | "WRONG_AUDIENCE"
  /** Issued after now: this clock is behind, or the issuer's is ahead. */
  | "ISSUED_IN_FUTURE"
  /** Past its `exp`: nobody has certified the license since. */
  | "CERTIFICATE_EXPIRED"
  /** Older than one already seen. */
  | "ROLLBACK"
  /** The certificate doesn't list every seat, and not this fingerprint's. */
  | "SEATS_NOT_LISTED"
  /** `checkNow` before the first reading. */
  | "NOT_READ"
  /** The gate was closed before this license was read. */
  | "CLOSED"
  /** The verifier itself failed; never seen. */
  | "FAULT";

/** What isn't named here isn't a certificate at all, or is a matter of time, which a gate's verdicts leave out. */
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

/** A refused certificate's reason in the consumer's words. */
export function codeOfReason(reason: Reason): UnknownCode {
  return codes[reason] ?? "MALFORMED";
}
