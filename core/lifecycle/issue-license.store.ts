import type * as z from "zod/mini";
import { currentPublication } from "../publication/publish.store.ts";
import { representPublication } from "../publication/representation.ts";
import type { Reply } from "../http/reply.ts";
import { newKey } from "../access/license-key.ts";
import { openShown } from "../access/open-shown.store.ts";
import { detailsOf, emptyDetails } from "../license/details.ts";
import type { issueBody } from "../license/details.ts";
import { representLicense } from "../license/represent.ts";
import type { Runtime } from "../platform/runtime.ts";
import { throwProblem } from "../problem/problem.ts";
import { issue } from "./issue.ts";
import { performIssue } from "./perform.store.ts";
import type { PerformCall } from "./perform.store.ts";
import { changeHeaders } from "./reply.store.ts";

type IssueRequest = z.output<typeof issueBody>;

/** Issues a license and answers 201 with its key, which can't be read anywhere else. A replay opens the sealed key. */
export async function issueLicense(
  runtime: Runtime,
  call: PerformCall,
  { input, path }: { readonly input: IssueRequest; readonly path: string },
): Promise<Reply> {
  const startsAt = input.startsAt === undefined ? undefined : new Date(input.startsAt);
  const expiresAt = typeof input.expiresAt === "string" ? new Date(input.expiresAt) : input.expiresAt;
  const performed = await performIssue(runtime, call, {
    policy: input.policy,
    decide: (seen, moment) => {
      const rest = { holder: input.holder, features: input.features, activationLimit: input.activationLimit };
      const key = newKey(runtime, { own: input.key, prefix: seen.policy.keyPrefix, claim: call.idempotency });
      return issue(seen, { ...emptyDetails, ...detailsOf(input), ...rest, ...key, startsAt, expiresAt }, moment);
    },
  });
  if (performed.kind === "nothing") return throwProblem("license-contended");
  const { committed } = performed;
  const publication = performed.publication ?? (await currentPublication(committed, runtime));
  const key = await openShown(runtime, committed.extra["sealedKey"] ?? "", { purpose: "license-key", claim: call.idempotency });
  const license = representLicense(committed.license, { seatsUsed: committed.seatsUsed, now: committed.at });
  return {
    status: 201,
    body: { license, key, certificate: representPublication(publication) },
    headers: { location: `${path}/${license.id}`, ...changeHeaders(license.sequence, performed) },
  };
}
