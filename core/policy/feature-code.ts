import * as z from "zod/mini";

/** The name of something a license may grant; compared exactly, case included. */
export const featureCode = z
  .string()
  .check(
    z.regex(/^[A-Za-z][A-Za-z0-9_.:-]{0,62}$/, { error: "must be 1 to 63 letters, digits or _ . : -, a letter first" }),
    z.meta({ description: "A feature's code.", examples: ["sso"] }),
  );
