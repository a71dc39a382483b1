import type { Reason } from "../certificate/verdict.ts";
import type { UnknownCode } from "./unknown-code.ts";

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
