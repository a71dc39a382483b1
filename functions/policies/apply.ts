import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { decodeCursor, encodeCursor, pageFields } from "@licensing/core/http/page.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";
import { applyReport } from "@licensing/core/lifecycle/apply-report.ts";
import { applyPolicy, licensesMax } from "@licensing/core/lifecycle/apply.job.ts";
import { policyReference } from "@licensing/core/policy/representation.ts";

const limitText = z
  .string()
  .check(z.regex(/^(?:[1-9][0-9]?|[1-4][0-9]{2}|500)$/, { error: `must be a whole number from 1 to ${licensesMax}` }));

export const contract = {
  summary: "Apply a policy to its licenses",
  description:
    "Copies the policy's terms to licenses that have older ones, except values that were set on the license itself. The expiry " +
    "stays, and a new grace counts from it. Seats beyond a lower limit are kept. One call does as much as its time allows: " +
    "repeat it with `nextCursor` until it is `done`. `dryRun=true` only reports the changes.",
  permission: "policy:write",
  params: z.strictObject({ policyId: policyReference }),
  query: z.strictObject({
    dryRun: z._default(z.enum(["true", "false"]), "false"),
    cursor: pageFields.cursor,
    limit: z
      ._default(z.pipe(limitText, z.transform(Number)), licensesMax)
      .check(z.meta({ description: "The most licenses that this call examines." })),
  }),
  body: z.strictObject({}),
  bodyOptional: true,
  replies: { 200: { description: "The report of this call, and the cursor to continue with.", body: applyReport } },
  problems: ["policy-not-found", "idempotency-mismatch"],
} as const satisfies Contract;

const count = z.nullable(z.int().check(z.nonnegative()));
const position = (list: string) => z.tuple([z.literal(list), idSchema, z.nullable(idSchema), count, count]);

export const handler = endpoint(contract, async (call, runtime) => {
  const { dryRun, cursor, limit } = call.query;
  const list = `licenses of ${call.params.policyId}`;
  const [, after, again, total, left] = decodeCursor(cursor, position(list)) ?? [list, "0", null, null, null];
  const request = { policy: call.params.policyId, dryRun: dryRun === "true", limit, from: { after, again, ...(total === null ? {} : { counted: { total, left } }) } };
  const { report, next, replayed } = await applyPolicy(runtime, call, request);
  const nextCursor = next === undefined ? null : encodeCursor([list, next.after, next.again, next.counted?.total ?? null, next.counted?.left ?? null]);
  return { status: 200, body: { ...report, nextCursor }, headers: replayHeaders(replayed) };
});
