import { currentPublication } from "../publication/publish.store.ts";
import { representPublication } from "../publication/representation.ts";
import type { Reply } from "../http/reply.ts";
import type { Features } from "../policy/features.ts";
import type { Holder } from "../license/holder.ts";
import type { Metadata } from "../license/metadata.ts";
import { newKey } from "../access/license-key.ts";
import { openShown } from "../access/open-shown.store.ts";
import { representLicense } from "../license/represent.ts";
import type { Runtime } from "../platform/runtime.ts";
import { throwProblem } from "../problem/problem.ts";
import { issue } from "./issue.ts";
import { performIssue } from "./perform.store.ts";
import type { PerformCall } from "./perform.store.ts";
import { changeHeaders } from "./reply.store.ts";

type IssueRequest = {
  readonly policy: string;
  readonly holder: Holder;
  readonly name?: string | undefined;
  readonly features?: Features | undefined;
  readonly activationLimit?: number | null | undefined;
  readonly startsAt?: string | undefined;
  readonly expiresAt?: string | null | undefined;
  readonly metadata?: Metadata | undefined;
  readonly key?: string | undefined;
};

/** Issues a license and answers 201 with its key, which is nowhere else readable; a replay opens the sealed one. */
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
      return issue(seen, { ...rest, ...key, startsAt, expiresAt, name: input.name ?? null, metadata: input.metadata ?? {} }, moment);
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
