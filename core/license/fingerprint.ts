import * as z from "zod/mini";
import { fingerprintPattern } from "./fingerprint-pattern.ts";

/** The identity of a machine, which the caller chooses: opaque ASCII, compared byte by byte, never folded or trimmed. */
export const fingerprint = z
  .string()
  .check(
    z.regex(fingerprintPattern, { error: "must be 8 to 256 letters, digits or . _ : + / = -" }),
    z.meta({ description: "The machine's stable, opaque identity.", examples: ["9f2c1a7e4b60d8f3"] }),
  );

const headMax = 2;
const tailMax = 4;

/**
 * A masked fingerprint for a caller who is refused a seat: enough to recognize a machine of their own, too little to claim its
 * seat. Shows at most the first two and the last four characters, and never more than half.
 */
export function maskFingerprint(value: string): string {
  const shown = Math.min(headMax + tailMax, Math.floor(value.length / 2));
  const head = Math.min(headMax, shown);
  return `${value.slice(0, head)}…${value.slice(value.length - (shown - head))}`;
}
