import * as z from "zod/mini";
import { prefixPattern } from "./key.ts";

/** The prefix that a policy gives its keys. */
export const keyPrefix = z
  .string()
  .check(
    z.regex(prefixPattern, { error: "must be 2 to 10 capital letters and digits, a letter first" }),
    z.meta({ description: "What license keys of this policy start with.", examples: ["LIC", "ACME"] }),
  );
