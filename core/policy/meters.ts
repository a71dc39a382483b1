import * as z from "zod/mini";
import { smallRecord } from "../base/small-record.ts";
import { durationSchema } from "./duration.ts";
import { featureCode } from "./feature-code.ts";

/**
 * A meter: at most `limit` uses in each period (null: unlimited), and `overage` more (null: without end). Periods are counted from
 * the license's start. Without a period the meter counts for the license's life.
 */
type Meter = { readonly limit: number | null; readonly period: string | null; readonly overage: number | null };
export type Meters = Readonly<Record<string, Meter>>;

const bytesMax = 4_096;

const wholeNumber = z.int().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER));

const meter = z
  .strictObject({
    limit: z.nullable(wholeNumber).check(z.meta({ description: "The most uses in a period; null: unlimited.", examples: [1000] })),
    period: z
      ._default(z.nullable(durationSchema), null)
      .check(z.meta({ description: "Counted from the license's start; null: the meter counts for the license's life.", examples: ["P1M"] })),
    overage: z
      ._default(z.nullable(wholeNumber), 0)
      .check(z.meta({ description: "How many uses are granted beyond the limit; null: without end. An unlimited meter has none.", examples: [0] })),
  })
  .check(
    z.refine(({ limit, overage }) => limit !== null || overage === null || overage === 0, { error: "must be left out of an unlimited meter", path: ["overage"] }),
    z.refine(({ limit, overage }) => (limit ?? 0) + (overage ?? 0) <= Number.MAX_SAFE_INTEGER, { error: "must be at most 2^53 - 1 together with the limit", path: ["overage"] }),
  );

/** The meters of a license by code. All of them take at most 4 KB, because every read of a license carries them. */
export const meters = smallRecord(featureCode, meter, bytesMax).check(
  z.meta({
    description: "Meter codes, each with its limit, period and overage; at most 4 KB as JSON.",
    examples: [{ exports: { limit: 1000, period: "P1M", overage: 0 } }],
  }),
);
