import * as z from "zod/mini";

/**
 * Text for people, as it may enter a license: well-formed Unicode without control characters (C0, DEL, C1) and
 * without blanks at either end, measured in code points as JSON Schema and PostgreSQL do.
 *
 * Text in another form than NFC is refused, not converted: whatever is accepted comes back exactly as it was sent,
 * and two names that look the same can't be two rows by their encoding alone.
 */
export function text({ codePointsMax, description }: { codePointsMax: number; description: string }) {
  return z
    .string()
    .check(
      z.regex(new RegExp(`^(?!\\s)[^\\p{Cc}\\p{Cs}]{1,${codePointsMax}}(?<!\\s)$`, "u"), {
        error: `must be 1 to ${codePointsMax} characters, without control characters or blanks at the ends`,
        abort: true,
      }),
      z.refine((value) => value.normalize("NFC") === value, { error: "must be in Unicode normalization form C" }),
      z.meta({ minLength: 1, maxLength: codePointsMax, description }),
    );
}

/** The name of a policy, license, machine or credential. */
export const nameText = text({ codePointsMax: 255, description: "A name for people." });

/** Why somebody suspends, reinstates, renews or revokes; kept in the audit trail. */
export const reasonText = text({ codePointsMax: 500, description: "Why, for the audit trail." });
