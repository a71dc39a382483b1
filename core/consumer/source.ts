import type { Reason } from "../certificate/verification.ts";

/**
 * Where certificates are read. `read` answers the newest one of a license, undefined if there is none, and throws a
 * SourceError, or anything else, which counts as UNREACHABLE. It must end when `signal` does; the gate stops waiting
 * then in any case.
 */
export type Source = {
  /** What the texts are: certificates, or what license files hold in their armour, which is signed only. A verifier takes one or the other. */
  readonly format: "certificate" | "license-file";
  readonly read: (licenseId: string, options: { readonly signal: AbortSignal }) => Promise<string | undefined>;
};

export type SourceCode = "UNREACHABLE" | "FORBIDDEN" | "MALFORMED";

/** What an error of a source means. By name, so that a SourceError of another copy of this package is one too. */
export function sourceCodeOf(error: unknown): SourceCode {
  const { name, code } = Object(error) as Partial<SourceError>;
  return name === "SourceError" && (code === "FORBIDDEN" || code === "MALFORMED") ? code : "UNREACHABLE";
}

/**
 * `UNREACHABLE`: no usable answer; `FORBIDDEN`: our credential was refused; `MALFORMED`: what is held for this license
 * isn't a certificate. The message never names an address, a credential or a content: safe to log.
 */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly code: SourceCode;
  constructor(code: SourceCode) {
    super(`source: ${code}`);
    this.code = code;
  }
}

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
  /** No license was named, or not by a license id. */
  | "LICENSE_ID_INVALID"
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
