/** Seconds of the score count from here, so that they fit in 30 bits until 2060. */
const epochSeconds = Date.UTC(2026, 0, 1) / 1000;
const secondsSpan = 2 ** 30;
/** More than a license can have: 2⁴⁰ events are one a second for 35,000 years. */
const sequenceMax = 2 ** 40;

/**
 * The order of a license's certificates: by sequence, then by when they were issued, as sequence × 2³⁰ + seconds since 2026.
 * Exact below 2⁵³, which is the first 2²³ events: a double, and so a Redis score, holds that. Beyond, the sequence still
 * decides, always, and only certificates of one sequence are told apart less finely: by 2 seconds up to 2²⁴ events, and
 * so on. Throws RangeError before 2026, from 2060 on, and for what is no sequence.
 */
export function certificateScore(sequence: number, issuedAtSeconds: number): number {
  const seconds = issuedAtSeconds - epochSeconds;
  if (!Number.isInteger(sequence) || sequence < 0 || sequence > sequenceMax) throw new RangeError("sequence: out of range");
  if (!Number.isInteger(seconds) || seconds < 0 || seconds >= secondsSpan) throw new RangeError("iat: out of range");
  return sequence * secondsSpan + seconds;
}
