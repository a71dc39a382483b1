import type { Entry } from "./entries.ts";
import type { Logger } from "./options.ts";
import type { UnknownCode } from "./source.ts";

/** Reports the beginning of each fault to the logger, once until the fault ends. */
export type Report = {
  readonly begins: (entry: Entry, code: UnknownCode, cause?: string) => void;
  /** Called when a license with a reported fault can be read again. */
  readonly ends: (code: UnknownCode) => void;
  /** Reports a faulty member of a question, once for each name. */
  readonly misasks: (member: string) => void;
  /** Reports a fault that is about no license. */
  readonly warn: (fields: { readonly licenseId?: string; readonly code: UnknownCode; readonly cause?: string }) => void;
};

/** The message for which alerts on the old middleware search. */
const failed = "Failed to verify license certificate";

/**
 * Faults of one certificate, which are reported for each license. Other faults are the source's or the set-up's, and are reported
 * once for all licenses.
 */
const ofOne: ReadonlySet<UnknownCode> = new Set(["MALFORMED", "BAD_SIGNATURE", "NOT_DECRYPTABLE", "WRONG_LICENSE", "CERTIFICATE_EXPIRED", "ROLLBACK", "FLOORS_INCOMPLETE", "FAULT"]);

/** More names than one program misspells. */
const membersMax = 16;

export function createReport(logger: Logger | undefined, isClosed: () => boolean): Report {
  const reported = new Set<UnknownCode>();
  const misasked = new Set<string>();
  const log: Logger["warn"] = (message, fields) => {
    if (isClosed()) return;
    try {
      logger?.warn(message, fields);
    } catch {
      // A failing logger must not change a decision.
    }
  };
  const warn: Report["warn"] = (fields) => log(failed, fields);
  const begins: Report["begins"] = (entry, code, cause) => {
    const isOfOne = ofOne.has(code);
    // The failure of the key set is reported by its load.
    if (code === "KEYS_UNREACHABLE" || (isOfOne ? entry.reported === code : reported.has(code))) return;
    if (isOfOne) entry.reported = code;
    else reported.add(code);
    const { licenseId } = entry;
    warn({ ...(code === "UNREACHABLE" ? {} : { licenseId }), code, ...(cause === undefined ? {} : { cause }) });
  };
  const misasks: Report["misasks"] = (member) => {
    if (misasked.size >= membersMax || misasked.has(member)) return;
    misasked.add(member);
    log("Invalid question about a license", { code: "QUESTION_INVALID", cause: member === "" ? "it isn't an object" : `member ${member}` });
  };
  return { begins, ends: (code) => void reported.delete(code), misasks, warn };
}
