import * as z from "zod";
import { fingerprint } from "../license/fingerprint.ts";

/** The query fields of every list of activations; spread into its strict query schema. */
export const activationFields = {
  fingerprint: fingerprint.optional(),
  state: z
    .enum(["live", "freed"])
    .optional()
    .meta({ description: "`live`: holds its seat now. `freed`: was given up, or its lease has run out." }),
};
