import * as z from "zod/mini";
import type { FieldChanges } from "../event/event.ts";

/** The most changes of a dry run, and the most failures, that a report shows. */
const shownMax = 20;

/** The result of one call of `apply`, or of its dry run. The caller repeats it with `nextCursor` until it is `done`. */
export const applyReport = z
  .strictObject({
    policyId: z.string(),
    dryRun: z.boolean(),
    total: z.int().check(z.meta({ description: "Licenses of the policy that are not revoked." })),
    matched: z.int().check(z.meta({ description: "The licenses that this call examined." })),
    changed: z.int().check(z.meta({ description: "In a dry run, the licenses that would change." })),
    unchanged: z.int(),
    failed: z.int().check(z.meta({ description: "Licenses that could not be changed. Busy ones are tried again before it is `done`." })),
    failures: z.array(z.strictObject({
      licenseId: z.string(),
      code: z.string(),
      again: z.boolean().check(z.meta({ description: "True: it is tried again before it is `done`, and a later report counts its result." })),
    })),
    certificates: z.strictObject({ published: z.int(), pending: z.int(), skipped: z.int() }),
    sample: z
      .array(z.strictObject({ licenseId: z.string(), changes: z.record(z.string(), z.tuple([z.json(), z.json()])) }))
      .check(z.meta({ description: `In a dry run, the first ${shownMax} changes: field → [from, to].` })),
    done: z.boolean(),
    nextCursor: z.nullable(z.string()),
    ratePerSecond: z.number(),
    etaSeconds: z.nullable(z.int()).check(z.meta({ description: "Seconds until all are done at this rate; null: unknown." })),
  })
  .check(z.meta({ id: "ApplyReport" }));

export type ApplyReport = Omit<z.output<typeof applyReport>, "sample"> & {
  readonly sample: readonly { readonly licenseId: string; readonly changes: FieldChanges }[];
};

/** The result for one license. */
export type ApplyOutcome =
  | { readonly kind: "changed"; readonly licenseId: string; readonly changes: FieldChanges; readonly certificate?: "published" | "pending" | "skipped" }
  | { readonly kind: "unchanged"; readonly licenseId: string }
  /** `again`: another attempt may succeed. */
  | { readonly kind: "failed"; readonly licenseId: string; readonly code: string; readonly again: boolean };

/** The numbers of a report. */
export function tally(outcomes: readonly ApplyOutcome[], { dryRun }: { readonly dryRun: boolean }) {
  const changed = outcomes.filter((outcome) => outcome.kind === "changed");
  const failed = outcomes.filter((outcome) => outcome.kind === "failed");
  const certificates = (state: string) => changed.filter(({ certificate }) => certificate === state).length;
  return {
    matched: outcomes.length,
    changed: changed.length,
    unchanged: outcomes.length - changed.length - failed.length,
    failed: failed.length,
    failures: failed.slice(0, shownMax).map(({ licenseId, code, again }) => ({ licenseId, code, again })),
    certificates: { published: certificates("published"), pending: certificates("pending"), skipped: certificates("skipped") },
    sample: dryRun ? changed.slice(0, shownMax).map(({ licenseId, changes }) => ({ licenseId, changes })) : [],
  };
}

/**
 * The position of the next call: it begins after the id `after`. `again`: the first license that must be tried again. The first
 * call counts the licenses, and later ones take the numbers from here; `left` is null while licenses are tried again.
 */
export type ApplyPosition = {
  readonly after: string;
  readonly again: string | null;
  readonly counted?: { readonly total: number; readonly left: number | null };
};

/**
 * The position of the next call; undefined: all licenses are done. After the last license it returns to just before the first
 * busy one.
 */
export function nextPosition(
  outcomes: readonly ApplyOutcome[],
  { from, left }: { readonly from: ApplyPosition; readonly left: number },
): ApplyPosition | undefined {
  const after = outcomes.at(-1)?.licenseId ?? from.after;
  const busy = outcomes.find((outcome) => outcome.kind === "failed" && outcome.again);
  const again = from.again ?? busy?.licenseId ?? null;
  if (left > 0) return { after, again };
  return again === null ? undefined : { after: String(BigInt(again) - 1n), again: null };
}
