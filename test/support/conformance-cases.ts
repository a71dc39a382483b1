import built from "@licensing/functions/console/built.json" with { type: "json" };
import type { JsonReply, Service } from "./conformance-service.ts";
import page from "../../functions/reference/docs.json" with { type: "json" };
import { requestOf, routeOf, verbOf, verbs } from "./verbs.ts";
import type { Verb } from "./verbs.ts";

/** A request that succeeds, for one route. */
export type Case = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  /** The problem that the route answers if it can't succeed on one machine. */
  readonly problem?: string;
};

/**
 * A valid request for every function of the route table. Each call of a case makes its own resources, so cases don't depend on each
 * other.
 */
export const cases: Readonly<Record<string, (service: Service) => Promise<Case>>> = {
  "health/live": nothing,
  "health/ready": nothing,
  "keys/jwks": nothing,
  "reference/openapi": nothing,
  "reference/docs": nothing,
  "reference/asset": () => Promise.resolve({ params: { asset: page.scripts[0] ?? "" } }),
  "reference/problem": () => Promise.resolve({ params: { type: "not-found" } }),

  "policies/create": (service) => Promise.resolve({ body: { code: service.unique("policy"), name: "Conformance" } }),
  "policies/list": nothing,
  "policies/read": ofPolicy(),
  "policies/update": ofPolicy({ name: "Another name" }),
  "policies/retire": ofPolicy(),
  "policies/reinstate": ofPolicy({}),
  "policies/apply": ofPolicy({}),

  "licenses/issue": (service) => Promise.resolve({ body: { policy: service.policy, holder: { type: "user", id: "ada" } } }),
  "licenses/list": nothing,
  "licenses/find": () => Promise.resolve({ body: { text: "ada" } }),
  "licenses/read": ofLicense,
  "licenses/certificate": ofLicense,
  "activations/list-of-license": ofLicense,
  "events/list-of-license": ofLicense,

  "usage/consume": async (service) => ({ ...(await ofLicense(service)), body: { meter: "exports" } }),
  "usage/list-of-license": ofLicense,
  "usage/correct": async (service) => ({ params: { ...(await ofLicense(service)).params, meter: "exports" }, body: { used: 3, reason: "conformance" } }),
  "usage/list": nothing,

  "activations/list": nothing,
  "activations/read": ofActivation,

  "events/list": nothing,
  ...Object.fromEntries(verbs.map((verb) => [verb.function, ofVerb(verb)])),

  "statistics/read": nothing,

  "keys/list": nothing,
  "keys/check": () => Promise.resolve({ body: {} }),
  // One machine has one signing key, and the last one can't be denied.
  "keys/compromise": async (service) => {
    const { body } = await service.send("GET", "/.well-known/jwks.json");
    const [key] = body["keys"] as readonly { readonly kid: string }[];
    return { params: { kid: key?.kid ?? "" }, body: {}, problem: "key-last-active" };
  },

  "console/page": nothing,
  "console/asset": () => Promise.resolve({ params: { asset: built.assets[0]?.name ?? "" } }),
  "console/config": nothing,

  "access/me": nothing,
  "access/list-policy-definitions": nothing,
  "access/create-policy-definition": (service) => Promise.resolve({ body: rule(service) }),
  "access/delete-policy-definition": async (service) => {
    const { body } = await service.send("POST", "/policy-definitions", { body: rule(service) });
    return { params: { id: String(body["id"]) } };
  },
  "access/list-credentials": nothing,
  "access/create-credential": () => Promise.resolve({ body: { name: "Conformance", roles: ["licensing-service"] } }),
  "access/delete-credential": async (service) => {
    const { body } = await service.send("POST", "/credentials", { body: { name: "Conformance", roles: ["licensing-service"] } });
    return { params: { clientId: String(body["clientId"]) } };
  },

  "webhooks/create": () => Promise.resolve({ body: { url: receiver } }),
  "webhooks/list": nothing,
  "webhooks/read": ofWebhook(),
  "webhooks/update": ofWebhook({ description: "Conformance" }),
  "webhooks/delete": ofWebhook(),
  "webhooks/rotate-secret": ofWebhook({}),
  "webhooks/test": ofWebhook({}),
  "webhooks/list-deliveries": ofWebhook(),
  // Nothing listens there, so no test of it has succeeded.
  "webhooks/replay": async (service) => ({ ...(await ofWebhook({ after: "2026-11-23T10:00:00Z" })(service)), problem: "webhook-untested" }),
  "webhooks/redeliver": async (service) => {
    const { params } = await ofWebhook()(service);
    const { body } = await service.send("POST", `/webhooks/${params?.["webhookId"]}/test`, { body: {} });
    return { params: { deliveryId: (body as { readonly delivery: { readonly id: string } }).delivery.id }, body: {} };
  },
};

/** A port of this machine at which nothing listens. */
const receiver = "http://127.0.0.1:9/licenses";

function ofWebhook(body?: unknown) {
  return async (service: Service): Promise<Case> => {
    const created = await service.send("POST", "/webhooks", { body: { url: receiver } });
    return { params: { webhookId: String(created.body["id"]) }, ...(body === undefined ? {} : { body }) };
  };
}

function nothing(): Promise<Case> {
  return Promise.resolve({});
}

function rule(service: Service) {
  return { variant: "assign_role", subject: `user:${service.unique("somebody")}`, target: "role:licensing-auditor" };
}

function ofPolicy(body?: unknown) {
  return async (service: Service): Promise<Case> => {
    const created = await service.send("POST", "/policies", { body: { code: service.unique("policy"), name: "Conformance" } });
    return { params: { policyId: String(created.body["id"]) }, ...(body === undefined ? {} : { body }) };
  };
}

async function ofLicense(service: Service): Promise<Case> {
  return { params: { licenseId: (await issue(service)).id } };
}

async function ofActivation(service: Service): Promise<Case> {
  const { id } = await issue(service);
  return { params: { activationId: await activate(service, id) } };
}

function ofVerb(verb: Verb) {
  return async (service: Service): Promise<Case> => {
    const { id, key } = await issue(service);
    const { path } = routeOf(verb);
    const seat = path.includes("{activationId}") ? await activate(service, id) : "";
    const subject = { licenseId: id, key, seat, fingerprint: "conformance-1", mark: "conformance" };
    for (const name of verb.after ?? []) {
      const first = requestOf(verbOf(name), subject);
      await service.send(first.method, first.path, { body: first.body });
    }
    const { body } = requestOf(verb, subject);
    const params = Object.entries({ licenseId: id, activationId: seat }).filter(([name]) => path.includes(`{${name}}`));
    return { ...(params.length === 0 ? {} : { params: Object.fromEntries(params) }), ...(body === undefined ? {} : { body }) };
  };
}

async function activate(service: Service, licenseId: string): Promise<string> {
  const { body } = await service.send("POST", "/activations", { body: { licenseId, fingerprint: "conformance-1" } });
  return (body as { readonly activation: { readonly id: string } }).activation.id;
}

/** A license of the service's own policy, held by `user:ada`. */
export async function issue(service: Service): Promise<{ readonly id: string; readonly key: string }> {
  const issued: JsonReply = await service.send("POST", "/licenses", { body: { policy: service.policy, holder: { type: "user", id: "ada" } } });
  const { license, key } = issued.body as { readonly license: { readonly id: string }; readonly key: string };
  return { id: license.id, key };
}
