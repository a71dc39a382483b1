import { inspect } from "@licensing/core/publication/inspect.store.ts";
import { accessTable } from "../support/access-table.ts";
import { createPolicy, issueSeated } from "../support/fixtures.ts";
import { base } from "../support/service.ts";
import type { Answer, Service } from "../support/service.ts";
import { requestOf, routeOf, verbName, verbs } from "../support/verbs.ts";
import type { Subject, Verb } from "../support/verbs.ts";

export type Request = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** Default: the administrator's token. */
  readonly authorization?: string;
};

/** One call, with its one right answer. */
export type Operation = {
  readonly name: string;
  /** `commit`: takes the license's lock; `write`: another change; both are sent with a key. `read`: none. */
  readonly kind: "read" | "commit" | "write";
  /** The number of events that it writes. */
  readonly events: number;
  readonly request: (subject: Subject, context: Context) => Request;
  readonly isRight: (answer: Answer, subject: Subject, context: Context) => boolean | Promise<boolean>;
};

export type Context = { readonly service: Service; readonly policy: string; readonly basic: string };

const license = (subject: Subject) => `${base}/licenses/${subject.licenseId}`;
/** The machine that has the subject's seat. */
const seated = "machine-0001";
const isOk = (answer: Answer) => answer.status === 200;

/** Each verb that writes an event, unless another verb has to come first. Named as the verb. */
const changes = verbs.filter(({ event, after }) => event !== null && after === undefined).map(operationOf);

export const operations: readonly Operation[] = [
  ...changes,
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
    name: "take the same seat again",
    kind: "read",
    events: 0,
    request: (subject) => ({ method: "POST", path: `${base}/activations`, body: { licenseId: subject.licenseId, fingerprint: seated } }),
    isRight: (answer, { seat }) => isOk(answer) && answer.body.activation.id === seat,
  },
  {
    name: "send a heartbeat",
    kind: "read",
    events: 0,
    request: (subject) => ({ method: "POST", path: `${base}/activations/${subject.seat}/heartbeat`, body: {} }),
    isRight: (answer) => isOk(answer) && answer.body.leaseUntil === null,
  },
  {
    name: "validate a known machine",
    kind: "read",
    events: 0,
    request: (subject) => ({ method: "POST", path: `${base}/licenses/validate`, body: { licenseId: subject.licenseId, fingerprint: seated, nonce: subject.mark } }),
    isRight: (answer, { mark }) => isOk(answer) && answer.body.valid === true && answer.body.code === "VALID" && answer.body.nonce === mark,
  },
  {
    name: "validate with the license's own key",
    kind: "read",
    events: 0,
    request: (subject) => ({ method: "POST", path: `${base}/licenses/validate`, body: { fingerprint: seated }, authorization: `License ${subject.key}` }),
    isRight: (answer, { licenseId }) => isOk(answer) && answer.body.valid === true && answer.body.license.id === licenseId,
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

function operationOf(verb: Verb): Operation {
  const { method, path } = routeOf(verb);
  const status = accessTable.get(`${method} ${path}`)?.statuses.admin;
  const isRight = (answer: Answer, subject: Subject): boolean => {
    const license = answer.body?.license as { readonly status: string; readonly sequence: number } | undefined;
    const isTold = license === undefined ? status === 204 : license.sequence === 3 && (verbName(verb) === "validate" || license.status === verb.outcomes.running);
    return answer.status === status && isTold && (verb.isRight?.(answer, subject) ?? true);
  };
  return { name: verbName(verb), kind: "commit", events: 1, request: (subject) => requestOf(verb, subject), isRight };
}

export function createSubject({ service, policy }: Context): Promise<Subject> {
  return issueSeated(service, policy);
}

export async function createContext(service: Service): Promise<Context> {
  const policy = await createPolicy(service, { activationLimit: 100 });
  const answer = await service.call("POST", `${base}/credentials`, { body: { name: "A service", roles: ["licensing-admin"] } });
  const basic = `Basic ${Buffer.from(`${String(answer.body.clientId)}:${String(answer.body.secret)}`).toString("base64")}`;
  return { service, policy, basic };
}
