import type { Reason } from "../certificate/verdict.ts";
import type { UnknownCode } from "./unknown-code.ts";

/** A refused certificate's reason in the consumer's words. */
export function codeOfReason(reason: Reason): UnknownCode {
  switch (reason) {
    case "size":
    case "armour":
    case "shape":
    case "header":
    case "payload":
    case "claims":
      return "MALFORMED";
    case "key-denied":
      return "KEY_DENIED";
    case "key-unknown":
      return "KEY_UNKNOWN";
    case "signature":
      return "BAD_SIGNATURE";
    case "secret-unknown":
      return "SECRET_UNKNOWN";
    case "decrypt":
      return "NOT_DECRYPTABLE";
    case "subject":
      return "WRONG_LICENSE";
    case "issuer":
      return "WRONG_ISSUER";
    case "audience":
      return "WRONG_AUDIENCE";
    case "issued-in-future":
      return "ISSUED_IN_FUTURE";
    case "expired":
      return "CERTIFICATE_EXPIRED";
    case "rollback":
      return "ROLLBACK";
    case "fault":
      return "FAULT";
    default:
      return reason satisfies never;
  }
}
