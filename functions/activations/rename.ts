import * as z from "zod/mini";
import { activationRepresentation, representActivation } from "@licensing/core/activation/representation.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { seatName, seatNameOrNull } from "@licensing/core/base/text.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { rename } from "@licensing/core/lifecycle/rename.ts";
import { changeBody, changeHeaders, changedLicense } from "@licensing/core/lifecycle/reply.store.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";

export const contract = {
  summary: "Rename a seat",
  description: "Works in every status of the license. A seat that has been freed keeps its name.",
  permission: "activation:write",
  params: z.strictObject({ activationId: idSchema }),
  body: z.strictObject({ name: z.nullable(seatName).check(z.meta({ description: "Null: no name." })) }),
  replies: {
    200: { description: "The seat, its license and its certificate.", body: z.strictObject({ activation: activationRepresentation, ...changedLicense.shape }) },
  },
  problems: ["activation-not-found", "sequence-mismatch", "license-contended"],
  ifMatch: true,
  examples: { body: { name: "Ada's laptop" } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const name = seatNameOrNull(call.body.name);
  const performed = await perform(runtime, call, {
    locator: { by: "activation", named: call.params.activationId },
    absent: "activation-not-found",
    decide: (snapshot, moment) => rename(snapshot, { name }, moment),
  });
  const seat = performed.kind === "committed" ? performed.committed.seat : performed.seen.seat;
  if (seat === undefined) return throwProblem("license-contended");
  const changed = await changeBody(runtime, performed);
  return { status: 200, body: { activation: representActivation(seat), ...changed }, headers: changeHeaders(changed.license.sequence, performed) };
});
