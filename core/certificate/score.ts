/** Seconds of the score count from here, so that they fit in 30 bits until 2060. */
const epochSeconds = Date.UTC(2026, 0, 1) / 1000;
const secondsSpan = 2 ** 30;
/** 23 bits: with the seconds 53, which a double and so a Redis score holds exactly. */
const sequenceMax = 2 ** 23 - 1;

/**
 * The order of a license's certificates: by sequence, then by when they were issued. Exact: sequence × 2³⁰ + seconds since
 * 2026 stays below 2⁵³. Throws RangeError outside of those bounds.
 */
export function certificateScore(sequence: number, issuedAtSeconds: number): number {
  const seconds = issuedAtSeconds - epochSeconds;
  if (!Number.isInteger(sequence) || sequence < 0 || sequence > sequenceMax) throw new RangeError("sequence: out of range");
  if (!Number.isInteger(seconds) || seconds < 0 || seconds >= secondsSpan) throw new RangeError("iat: out of range");
  return sequence * secondsSpan + seconds;
}
