import { representActivation } from "../activation/representation.ts";
import { seatNameOrNull } from "../base/text.ts";
import { licenseLocator } from "./locator.ts";
import type { Reply } from "../http/reply.ts";
import type { Runtime } from "../platform/runtime.ts";
import { throwFaults, throwProblem } from "../problem/problem.ts";
import { activate } from "./activate.ts";
import { perform, type PerformCall } from "./perform.store.ts";
import { changeBody, changeHeaders } from "./reply.store.ts";

type ActivateRequest = {
  readonly licenseId?: string | undefined;
  readonly key?: string | undefined;
  readonly fingerprint: string;
  readonly name?: string | undefined;
  readonly replace?: string | undefined;
};

/**
 * Takes a seat. Answers 201 with a new seat and its address (`path` is the collection), or 200 with the seat that the fingerprint
 * already has.
 */
export async function activateSeat(runtime: Runtime, call: PerformCall & { readonly path: string }, request: ActivateRequest): Promise<Reply> {
  const locator = licenseLocator(runtime, request, call.caller);
  if (locator === undefined) throwFaults([{ pointer: "/licenseId", detail: "is required without key" }]);
  if (locator === "none") throwProblem("license-not-found");
  const { fingerprint, replace } = request;
  const performed = await perform(runtime, call, {
    locator,
    absent: "license-not-found",
    fingerprint,
    ...(replace === undefined ? {} : { replace }),
    decide: (snapshot, moment) => activate(snapshot, { fingerprint, name: seatNameOrNull(request.name), replace }, moment),
  });
  const seat = performed.kind === "committed" ? performed.committed.seat : performed.seen.seat;
  if (seat === undefined) return throwProblem("license-contended");
  const body = { activation: representActivation(seat), ...(await changeBody(runtime, performed)) };
  const created = performed.kind === "committed" && performed.committed.events.length > 0;
  const headers = changeHeaders(body.license.sequence, performed);
  if (!created) return { status: 200, body, headers };
  return { status: 201, body, headers: { ...headers, location: `${call.path}/${seat.id}` } };
}
