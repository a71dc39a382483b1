import * as z from "zod/mini";
import { fingerprint } from "../license/fingerprint.ts";

/** The query fields of every list of activations; spread into its strict query schema. */
export const activationFields = {
  fingerprint: z.optional(fingerprint),
  state: z
    .optional(z.enum(["live", "freed"]))
    .check(z.meta({ description: "`live`: holds its seat now. `freed`: was given up, or its lease has run out." })),
};
