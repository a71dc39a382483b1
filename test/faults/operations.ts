import { inspect } from "@licensing/core/publication/inspect.store.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base } from "../support/service.ts";
import type { Answer, Service } from "../support/service.ts";

/** What one operation is done to: a license of its own with one seat taken. */
export type Subject = {
  readonly licenseId: string;
  readonly key: string;
  readonly activationId: string;
  /** Differs from subject to subject. */
  readonly mark: string;
};

export type Request = {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** Default: the administrator's token. */
  readonly authorization?: string;
};

/** One thing that callers do, with the one right answer to it. */
export type Operation = {
  readonly name: string;
  /** `commit`: takes the license's lock; `write`: another change; both are sent with a key. `read`: none. */
  readonly kind: "read" | "commit" | "write";
  /** How many events of its own it writes. */
  readonly events: number;
  readonly request: (subject: Subject, context: Context) => Request;
  readonly isRight: (answer: Answer, subject: Subject, context: Context) => boolean | Promise<boolean>;
};

export type Context = { readonly service: Service; readonly policy: string; readonly basic: string };

const license = (subject: Subject) => `${base}/licenses/${subject.licenseId}`;
const seat = (subject: Subject) => `machine-${subject.mark}`;
const isOk = (answer: Answer) => answer.status === 200;

export const operations: readonly Operation[] = [
  {
    name: "read a license",
    kind: "read",
    events: 0,
    request: (subject) => ({ method: "GET", path: license(subject) }),
    isRight: (answer, { licenseId }) => isOk(answer) && answer.body.id === licenseId && answer.body.status === "ACTIVATED" && answer.body.seatsUsed === 1,
  },
  {
    name: "read a license as a service",
    kind: "read",
    events: 0,
    request: (subject, { basic }) => ({ method: "GET", path: license(subject), authorization: basic }),
    isRight: (answer, { licenseId }) => isOk(answer) && answer.body.id === licenseId,
  },
  {
    name: "list its events",
    kind: "read",
    events: 0,
    request: (subject) => ({ method: "GET", path: `${license(subject)}/events` }),
    isRight: (answer) => isOk(answer) && answer.body.data.length === 2,
  },
  {
    name: "issue a license",
    kind: "commit",
    events: 1,
    request: ({ mark }, { policy }) => ({ method: "POST", path: `${base}/licenses`, body: { policy, holder: { type: "user", id: mark } } }),
    isRight: (answer, { mark }) => answer.status === 201 && answer.body.license.holder.id === mark && typeof answer.body.key === "string",
  },
  {
    name: "change a license",
    kind: "commit",
    events: 1,
    request: (subject) => ({ method: "PATCH", path: license(subject), body: { name: subject.mark } }),
    isRight: (answer, { mark }) => isOk(answer) && answer.body.license.name === mark && answer.body.license.sequence === 3,
  },
  {
    name: "suspend",
    kind: "commit",
    events: 1,
    request: (subject) => ({ method: "POST", path: `${license(subject)}/suspend`, body: {} }),
    isRight: (answer) => isOk(answer) && answer.body.license.status === "SUSPENDED" && answer.body.license.sequence === 3,
  },
  {
    name: "renew",
    kind: "commit",
    events: 1,
    request: (subject) => ({ method: "POST", path: `${license(subject)}/renew`, body: { periods: 1 } }),
    isRight: (answer) => isOk(answer) && answer.body.license.sequence === 3,
  },
  {
    name: "revoke",
    kind: "commit",
    events: 1,
    request: (subject) => ({ method: "POST", path: `${license(subject)}/revoke`, body: { reason: subject.mark } }),
    isRight: (answer) => isOk(answer) && answer.body.license.status === "REVOKED" && answer.body.license.sequence === 3,
  },
  {
    name: "rotate the key",
    kind: "commit",
    events: 1,
    request: (subject) => ({ method: "POST", path: `${license(subject)}/rotate-key`, body: {} }),
    isRight: (answer, { key }) => isOk(answer) && typeof answer.body.key === "string" && answer.body.key !== key,
  },
  {
    name: "take a seat",
    kind: "commit",
    events: 1,
    request: (subject) => ({ method: "POST", path: `${base}/activations`, body: { licenseId: subject.licenseId, fingerprint: `another-${subject.mark}` } }),
    isRight: (answer, { mark }) => answer.status === 201 && answer.body.activation.fingerprint === `another-${mark}` && answer.body.license.seatsUsed === 2,
  },
  {
    name: "take the same seat again",
    kind: "read",
    events: 0,
    request: (subject) => ({ method: "POST", path: `${base}/activations`, body: { licenseId: subject.licenseId, fingerprint: seat(subject) } }),
    isRight: (answer, { activationId }) => isOk(answer) && answer.body.activation.id === activationId,
  },
  {
    name: "free a seat",
    kind: "commit",
    events: 1,
    request: (subject) => ({ method: "DELETE", path: `${base}/activations/${subject.activationId}` }),
    isRight: (answer) => answer.status === 204,
  },
  {
    name: "heartbeat",
    kind: "read",
    events: 0,
    request: (subject) => ({ method: "POST", path: `${base}/activations/${subject.activationId}/heartbeat`, body: {} }),
    isRight: (answer) => isOk(answer) && answer.body.leaseUntil === null,
  },
  {
    name: "validate",
    kind: "read",
    events: 0,
    request: (subject) => ({ method: "POST", path: `${base}/licenses/validate`, body: { licenseId: subject.licenseId, fingerprint: seat(subject), nonce: subject.mark } }),
    isRight: (answer, { mark }) => isOk(answer) && answer.body.valid === true && answer.body.code === "VALID" && answer.body.nonce === mark,
  },
  {
    name: "validate with the license's own key",
    kind: "read",
    events: 0,
    request: (subject) => ({ method: "POST", path: `${base}/licenses/validate`, body: { fingerprint: seat(subject) }, authorization: `License ${subject.key}` }),
    isRight: (answer, { licenseId }) => isOk(answer) && answer.body.valid === true && answer.body.license.id === licenseId,
  },
  {
    name: "validate and take a seat",
    kind: "commit",
    events: 1,
    request: (subject) => ({ method: "POST", path: `${base}/licenses/validate`, body: { licenseId: subject.licenseId, fingerprint: `third-${subject.mark}` } }),
    isRight: (answer) => isOk(answer) && answer.body.valid === true && answer.body.activation.created === true && answer.body.seats.used === 2,
  },
  {
    name: "read the certificate",
    kind: "read",
    events: 0,
    request: (subject) => ({ method: "GET", path: `${license(subject)}/certificate` }),
    isRight: async (answer, { licenseId }, { service }) => {
      if (answer.status !== 200) return false;
      const held = await inspect(answer.text, { licenseId, runtime: service.runtime });
      return held?.claims.license.sequence === 2 && held.claims.license.status === "ACTIVATED";
    },
  },
  {
    name: "publish the certificate",
    kind: "write",
    events: 0,
    request: (subject) => ({ method: "POST", path: `${license(subject)}/certificate`, body: {} }),
    isRight: (answer, { licenseId }) => isOk(answer) && answer.body.license.id === licenseId && answer.body.certificate.sequence === 2,
  },
  {
    name: "create a policy",
    kind: "write",
    events: 0,
    request: ({ mark }) => ({ method: "POST", path: `${base}/policies`, body: { code: mark, name: mark } }),
    isRight: (answer, { mark }) => answer.status === 201 && answer.body.code === mark,
  },
];

let made = 0;

/** A license with one seat taken. */
export async function createSubject({ service, policy }: Context): Promise<Subject> {
  made += 1;
  const mark = `subject-${made}`;
  const { licenseId, key } = await issueLicense(service, policy);
  const body = { licenseId, fingerprint: `machine-${mark}` };
  const activated = await service.call("POST", `${base}/activations`, { body });
  if (activated.status !== 201) throw new Error(`activation: ${activated.status} ${activated.text}`);
  return { licenseId, key, mark, activationId: String(activated.body.activation.id) };
}

export async function createContext(service: Service): Promise<Context> {
  const policy = await createPolicy(service, { activationLimit: 100 });
  const answer = await service.call("POST", `${base}/credentials`, { body: { name: "A service", roles: ["licensing-admin"] } });
  const basic = `Basic ${Buffer.from(`${String(answer.body.clientId)}:${String(answer.body.secret)}`).toString("base64")}`;
  return { service, policy, basic };
}
