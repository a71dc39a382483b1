import * as z from "zod/mini";
import { visible } from "./visible.ts";

/**
 * Text for people, as a license may hold it: well-formed Unicode without control characters (C0, DEL, C1) and without blanks at
 * either end, measured in code points as JSON Schema and PostgreSQL do.
 *
 * Text that isn't in NFC is refused, not converted. Invisible characters (Default_Ignorable_Code_Point) are removed, so that two
 * rows can't have names that look the same.
 */
export function text({ codePointsMax, description }: { codePointsMax: number; description: string }) {
  return z
    .string()
    .check(
      z.overwrite(visible),
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

const seatNameCodePointsMax = 255;

/**
 * The name that a machine gives its seat. A machine can't correct a refused name, so any text is accepted: invisible characters
 * are removed, blanks and control characters become one blank, the rest is normalized (NFC) and cut at 255 characters. An empty
 * result means no name.
 */
export const seatName = z
  .string()
  .check(z.overwrite(tidyName), z.meta({ description: "A name for people, normalized and cut at 255 characters." }));

function tidyName(name: string): string {
  const folded = visible(name).normalize("NFC").replaceAll(/[\s\p{Cc}\p{Cs}]+/gu, " ").trim();
  return Array.from(folded).slice(0, seatNameCodePointsMax).join("").trimEnd();
}

/** The name of a seat. Null or a blank name: the seat has no name. */
export function seatNameOrNull(name: string | null | undefined): string | null {
  return name === undefined || name === "" ? null : name;
}

/** The reason of a suspension, reinstatement, renewal or revocation, stored in the audit trail. */
export const reasonText = text({ codePointsMax: 500, description: "The reason, for the audit trail." });
