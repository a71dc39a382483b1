import * as z from "zod/mini";
import { text } from "../base/text.ts";

/** The holder of a license, named by the callers' own identity system; compared exactly. */
export const holder = z
  .strictObject({
    type: z
      .string()
      .check(
        z.regex(/^[a-z][a-z0-9-]{0,62}$/, { error: "must be 1 to 63 of a-z, 0-9 and -, a letter first" }),
        z.meta({ description: "The kind of holder.", examples: ["user", "organization"] }),
      ),
    id: text({ codePointsMax: 255, description: "The holder's id, as the identity system knows it." }),
  })
  .check(z.meta({ description: "The holder of the license." }));
