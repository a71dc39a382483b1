/** The greatest id: 63 bits. */
export const idMax = 9_223_372_036_854_775_807n;
/** The first millisecond of a snowflake (2020-01-01), and the number of bits below its milliseconds: see `licensing.snowflake()`. */
const epochMs = 1_577_836_800_000n;
const lowerBits = 22n;

/** The least id that Postgres mints at this instant; the least or greatest id for instants beyond the range of ids. */
export function firstIdAt(instant: Date): string {
  const id = (BigInt(instant.getTime()) - epochMs) << lowerBits;
  if (id < 0n) return "0";
  return String(id > idMax ? idMax : id);
}

/** The instant at which Postgres minted an id, in milliseconds since 1970. */
export function mintedAtMs(id: string): number {
  return Number((BigInt(id) >> lowerBits) + epochMs);
}
