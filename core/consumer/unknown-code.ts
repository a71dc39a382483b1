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
