import * as z from "zod/mini";
import { smallNumber, smallRecord } from "../base/small-record.ts";

const entriesMax = 50;
const bytesMax = 4_096;

export const metadataKey = z.string().check(
  z.regex(/^(?!__proto__$)[A-Za-z0-9_.-]{1,64}$/, { error: "must be 1 to 64 letters, digits or _ . -" }),
);
const valueFault = "must be a boolean, a number within ±(2^53 - 1), or up to 500 characters without control characters";
const metadataValue = z.union(
  [z.string().check(z.regex(/^[^\p{Cc}\p{Cs}]{0,500}$/u, { error: valueFault })), smallNumber, z.boolean()],
  { error: valueFault },
);

/** Data that callers store on a license for themselves. The service never reads it. Values come back exactly as sent. */
export const metadata = smallRecord(metadataKey, metadataValue, bytesMax)
  .check(
    z.refine((entries) => Object.keys(entries).length <= entriesMax, { error: `must have at most ${entriesMax} entries` }),
    z.meta({
      maxProperties: entriesMax,
      description: "Values of the caller's own, at most 4 KB as JSON.",
      examples: [{ order: "A-1042", cores: 8 }],
    }),
  );

export type Metadata = Readonly<z.infer<typeof metadata>>;
