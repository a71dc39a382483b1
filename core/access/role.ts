import * as z from "zod/mini";

/** A role's name, as tokens and credentials carry it: visible ASCII without a comma, so that names can be listed. */
export const roleName = z
  .string()
  .check(
    z.regex(/^[\x21-\x2b\x2d-\x7e]{1,128}$/, { error: "must be 1 to 128 visible ASCII characters without a comma" }),
    z.meta({ examples: ["licensing-service"] }),
  );
