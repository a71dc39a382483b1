import * as z from "zod/mini";
import { idSchema } from "../platform/id.ts";
import { policyCode } from "./representation.ts";

/** A policy by its id or its code, wherever a request names one. Codes begin with a letter, so the two can't be confused. */
export const policyReference = z
  .union([idSchema, policyCode], { error: "must be a policy's id or code" })
  .check(z.meta({ description: "The policy's id or code.", examples: ["pro-yearly"] }));
