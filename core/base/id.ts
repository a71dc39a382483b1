import * as z from "zod/mini";
import { idMax } from "./snowflake.ts";

/** The schema of an id: a 63-bit snowflake as a decimal string. A JSON number would lose its last digits. */
export const idSchema = z
  .string()
  .check(
    z.regex(/^(0|[1-9][0-9]{0,18})$/, { error: "must be an id: 1 to 19 digits", abort: true }),
    z.refine((text) => BigInt(text) <= idMax, { error: "must be an id: at most 9223372036854775807" }),
    z.meta({ description: "A snowflake id as a decimal string.", examples: ["7187634217123840001"] }),
  );
