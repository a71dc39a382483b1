import type { Entry } from "./entries.ts";
import type { Logger } from "./options.ts";
import type { UnknownCode } from "./source.ts";

/** Tells the logger what begins to go wrong: once, until it went right. */
export type Report = {
  readonly begins: (entry: Entry, code: UnknownCode, cause?: string) => void;
  /** A license of which this was reported can be read again. */
  readonly ends: (code: UnknownCode) => void;
  /** Whatever is about no license. */
  readonly warn: (fields: { readonly licenseId?: string; readonly code: UnknownCode; readonly cause?: string }) => void;
};

/** The message that alerts on the old middleware look for. */
const failed = "Failed to verify license certificate";

/** What is wrong with one certificate, and reported of each. All else is a mistake of a source or a set-up, reported once for all licenses. */
const ofOne: ReadonlySet<UnknownCode> = new Set(["MALFORMED", "BAD_SIGNATURE", "NOT_DECRYPTABLE", "WRONG_LICENSE", "CERTIFICATE_EXPIRED", "ROLLBACK", "FAULT"]);

export function createReport(logger: Logger | undefined, isClosed: () => boolean): Report {
  const reported = new Set<UnknownCode>();
  const warn: Report["warn"] = (fields) => {
    if (isClosed()) return;
    try {
      logger?.warn(failed, fields);
    } catch {
      // A logger that fails must not decide about a license.
    }
  };
  const begins: Report["begins"] = (entry, code, cause) => {
    // The key set's own failure is reported where it is loaded.
    if (code === "KEYS_UNREACHABLE" || (ofOne.has(code) ? entry.reported === code : reported.has(code))) return;
    if (ofOne.has(code)) entry.reported = code;
    else reported.add(code);
    const { licenseId } = entry;
    warn({ ...(code === "UNREACHABLE" ? {} : { licenseId }), code, ...(cause === undefined ? {} : { cause }) });
  };
  return { begins, ends: (code) => void reported.delete(code), warn };
}
