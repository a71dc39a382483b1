import * as z from "zod/mini";

const idMax = 9_223_372_036_854_775_807n;

/** The schema of an id: a 63-bit snowflake as a decimal string. A JSON number would lose its last digits. */
export const idSchema = z
  .string()
  .check(
    z.regex(/^(0|[1-9][0-9]{0,18})$/, { error: "must be an id: 1 to 19 digits", abort: true }),
    z.refine((text) => BigInt(text) <= idMax, { error: "must be an id: at most 9223372036854775807" }),
    z.meta({ description: "A snowflake id as a decimal string.", examples: ["7187634217123840001"] }),
  );

/** The first millisecond of a snowflake (2020-01-01), and the number of bits below its milliseconds: see `licensing.snowflake()`. */
const epochMs = 1_577_836_800_000n;
const lowerBits = 22n;

/** The least id that Postgres mints at this instant; the least or greatest id for instants beyond the range of ids. */
export function firstIdAt(instant: Date): string {
  const id = (BigInt(instant.getTime()) - epochMs) << lowerBits;
  if (id < 0n) return "0";
  return String(id > idMax ? idMax : id);
}
