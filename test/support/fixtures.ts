import { base } from "./service.ts";
import type { Service } from "./service.ts";
import type { Subject } from "./verbs.ts";

let made = 0;

/** A policy with a code of its own; answers the code. */
export async function createPolicy(service: Pick<Service, "call">, terms: Readonly<Record<string, unknown>> = {}): Promise<string> {
  made += 1;
  const code = `policy-${made}-${process.pid}`;
  const answer = await service.call("POST", `${base}/policies`, { body: { code, name: "A policy", duration: "P1Y", ...terms } });
  if (answer.status !== 201) throw new Error(`policy: ${answer.status} ${answer.text}`);
  return code;
}

export type IssuedLicense = { readonly licenseId: string; readonly policyId: string; readonly key: string; readonly at: string };

/** A license from a policy. */
export async function issueLicense(
  service: Pick<Service, "call">,
  policy: string,
  rest: Readonly<Record<string, unknown>> = {},
): Promise<IssuedLicense> {
  made += 1;
  const body = { policy, holder: { type: "user", id: `holder-${made}` }, ...rest };
  const answer = await service.call("POST", `${base}/licenses`, { body });
  if (answer.status !== 201) throw new Error(`license: ${answer.status} ${answer.text}`);
  const licenseId = String(answer.body.license.id);
  return { licenseId, policyId: String(answer.body.license.policyId), key: String(answer.body.key), at: `${base}/licenses/${licenseId}` };
}

/** A license from a policy, one seat of which is `machine-0001`'s. */
export async function issueSeated(
  service: Pick<Service, "call">,
  policy: string,
  rest: Readonly<Record<string, unknown>> = {},
): Promise<IssuedLicense & Subject> {
  const license = await issueLicense(service, policy, rest);
  const answer = await service.call("POST", `${base}/activations`, { body: { licenseId: license.licenseId, fingerprint: "machine-0001" } });
  if (answer.status !== 201) throw new Error(`activation: ${answer.status} ${answer.text}`);
  return { ...license, seat: String(answer.body.activation.id), fingerprint: "machine-0002", mark: `subject-${made}` };
}
