import { basePath, docsPath, jwksPath, problemsPath } from "@licensing/core/http/address.ts";

/**
 * The route table: address → function, and the resources that the function may touch. Data only. The gateway, the local gateway,
 * OpenAPI, the alarms and the conformance suite all read it; a function doesn't know its address, and a route that is not here
 * doesn't exist. HEAD is served wherever GET is.
 *
 * `function` is the file below `functions/`, without its ending. The deployed function gets access to its `touches` and to
 * nothing else. A test compares them with the settings that the function's bundle reads: no fewer and no more.
 */
export type Touch = "origins" | "database" | "redis" | "signing-key" | "application-secret" | "key-pepper" | "identity" | "login" | "keyring-secret" | "keyring-database" | "webhook-queue" | "dumps";
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export type Route = {
  readonly method: Method | "ANY";
  /** An API Gateway path with `{parameters}`; `$default` catches addresses that match no other row. */
  readonly path: string;
  readonly function: string;
  readonly touches: readonly Touch[];
  /** A folder below `functions/` that is shipped beside the function's bundle, as `assets`. */
  readonly assets?: string;
};

/** Needed by every authenticated route, to identify a caller by token or credential. */
const caller = ["database", "redis", "identity", "key-pepper"] as const;
/** A function that publishes a certificate signs it by the marked ring's active key, and seals it. */
const publisher = [...caller, "signing-key", "application-secret", "keyring-secret"] as const;
/** A function that changes licenses also says that deliveries of its events wait. */
const changer = [...publisher, "webhook-queue"] as const;
/** The probe signs, seals and opens as a publisher does, but identifies no caller. */
const probe = ["database", "redis", "identity", "signing-key", "application-secret", "keyring-secret"] as const;

export const routes: readonly Route[] = [
  { method: "GET", path: "/healthz", function: "health/live", touches: [] },
  { method: "GET", path: "/readyz", function: "health/ready", touches: probe },

  { method: "GET", path: jwksPath, function: "keys/jwks", touches: ["database", "redis", "keyring-secret"] },
  { method: "GET", path: `${basePath}/openapi.json`, function: "reference/openapi", touches: [] },
  { method: "GET", path: docsPath, function: "reference/docs", touches: [] },
  { method: "GET", path: `${docsPath}/{asset}`, function: "reference/asset", touches: [], assets: "reference/assets" },
  { method: "GET", path: `${problemsPath}/{type}`, function: "reference/problem", touches: [] },

  { method: "GET", path: `${basePath}/console`, function: "console/page", touches: ["identity", "login"] },
  { method: "GET", path: `${basePath}/console/{asset}`, function: "console/asset", touches: [] },
  { method: "GET", path: `${basePath}/console/config`, function: "console/config", touches: ["identity", "login"] },

  { method: "GET", path: `${basePath}/me`, function: "access/me", touches: caller },

  { method: "POST", path: `${basePath}/policies`, function: "policies/create", touches: caller },
  { method: "GET", path: `${basePath}/policies`, function: "policies/list", touches: caller },
  { method: "GET", path: `${basePath}/policies/{policyId}`, function: "policies/read", touches: caller },
  { method: "PATCH", path: `${basePath}/policies/{policyId}`, function: "policies/update", touches: caller },
  { method: "DELETE", path: `${basePath}/policies/{policyId}`, function: "policies/retire", touches: caller },
  { method: "POST", path: `${basePath}/policies/{policyId}/reinstate`, function: "policies/reinstate", touches: caller },
  { method: "POST", path: `${basePath}/policies/{policyId}/apply`, function: "policies/apply", touches: changer },

  { method: "POST", path: `${basePath}/licenses`, function: "licenses/issue", touches: changer },
  { method: "GET", path: `${basePath}/licenses`, function: "licenses/list", touches: caller },
  { method: "POST", path: `${basePath}/licenses/find`, function: "licenses/find", touches: caller },
  { method: "POST", path: `${basePath}/licenses/validate`, function: "licenses/validate", touches: changer },
  { method: "GET", path: `${basePath}/licenses/{licenseId}`, function: "licenses/read", touches: caller },
  { method: "PATCH", path: `${basePath}/licenses/{licenseId}`, function: "licenses/update", touches: changer },
  { method: "POST", path: `${basePath}/licenses/{licenseId}/suspend`, function: "licenses/suspend", touches: changer },
  { method: "POST", path: `${basePath}/licenses/{licenseId}/reinstate`, function: "licenses/reinstate", touches: changer },
  { method: "POST", path: `${basePath}/licenses/{licenseId}/renew`, function: "licenses/renew", touches: changer },
  { method: "POST", path: `${basePath}/licenses/{licenseId}/revoke`, function: "licenses/revoke", touches: changer },
  { method: "POST", path: `${basePath}/licenses/{licenseId}/rotate-key`, function: "licenses/rotate-key", touches: changer },
  { method: "POST", path: `${basePath}/licenses/{licenseId}/transfer`, function: "licenses/transfer", touches: changer },
  { method: "POST", path: `${basePath}/licenses/{licenseId}/release-seats`, function: "licenses/release-seats", touches: changer },
  { method: "GET", path: `${basePath}/licenses/{licenseId}/certificate`, function: "licenses/certificate", touches: publisher },
  { method: "POST", path: `${basePath}/licenses/{licenseId}/certificate`, function: "licenses/publish", touches: publisher },
  { method: "POST", path: `${basePath}/licenses/{licenseId}/file`, function: "licenses/file", touches: changer },
  { method: "GET", path: `${basePath}/licenses/{licenseId}/activations`, function: "activations/list-of-license", touches: caller },
  { method: "GET", path: `${basePath}/licenses/{licenseId}/events`, function: "events/list-of-license", touches: caller },

  { method: "POST", path: `${basePath}/licenses/{licenseId}/usage`, function: "usage/consume", touches: changer },
  { method: "GET", path: `${basePath}/licenses/{licenseId}/usage`, function: "usage/list-of-license", touches: caller },
  { method: "PUT", path: `${basePath}/licenses/{licenseId}/usage/{meter}`, function: "usage/correct", touches: changer },
  { method: "GET", path: `${basePath}/usage`, function: "usage/list", touches: caller },

  { method: "POST", path: `${basePath}/activations`, function: "activations/activate", touches: changer },
  { method: "GET", path: `${basePath}/activations`, function: "activations/list", touches: caller },
  { method: "GET", path: `${basePath}/activations/{activationId}`, function: "activations/read", touches: caller },
  { method: "DELETE", path: `${basePath}/activations/{activationId}`, function: "activations/deactivate", touches: changer },
  { method: "PATCH", path: `${basePath}/activations/{activationId}`, function: "activations/rename", touches: changer },
  { method: "POST", path: `${basePath}/activations/{activationId}/heartbeat`, function: "activations/heartbeat", touches: changer },

  { method: "GET", path: `${basePath}/license-events`, function: "events/list", touches: caller },

  { method: "GET", path: `${basePath}/statistics`, function: "statistics/read", touches: caller },

  { method: "GET", path: `${basePath}/keys`, function: "keys/list", touches: [...caller, "keyring-secret"] },
  { method: "POST", path: `${basePath}/keys/check`, function: "keys/check", touches: [...changer, "keyring-database"] },
  { method: "POST", path: `${basePath}/keys/{kid}/compromise`, function: "keys/compromise", touches: [...publisher, "keyring-database"] },

  { method: "GET", path: `${basePath}/policy-definitions`, function: "access/list-policy-definitions", touches: caller },
  { method: "POST", path: `${basePath}/policy-definitions`, function: "access/create-policy-definition", touches: caller },
  { method: "DELETE", path: `${basePath}/policy-definitions/{id}`, function: "access/delete-policy-definition", touches: caller },
  { method: "GET", path: `${basePath}/credentials`, function: "access/list-credentials", touches: caller },
  { method: "POST", path: `${basePath}/credentials`, function: "access/create-credential", touches: caller },
  { method: "DELETE", path: `${basePath}/credentials/{clientId}`, function: "access/delete-credential", touches: caller },

  { method: "POST", path: `${basePath}/webhooks`, function: "webhooks/create", touches: caller },
  { method: "GET", path: `${basePath}/webhooks`, function: "webhooks/list", touches: caller },
  { method: "GET", path: `${basePath}/webhooks/{webhookId}`, function: "webhooks/read", touches: caller },
  { method: "PATCH", path: `${basePath}/webhooks/{webhookId}`, function: "webhooks/update", touches: caller },
  { method: "DELETE", path: `${basePath}/webhooks/{webhookId}`, function: "webhooks/delete", touches: caller },
  { method: "POST", path: `${basePath}/webhooks/{webhookId}/rotate-secret`, function: "webhooks/rotate-secret", touches: caller },
  { method: "POST", path: `${basePath}/webhooks/{webhookId}/test`, function: "webhooks/test", touches: [...caller, "webhook-queue"] },
  { method: "POST", path: `${basePath}/webhooks/{webhookId}/replay`, function: "webhooks/replay", touches: [...caller, "webhook-queue"] },
  { method: "GET", path: `${basePath}/webhooks/{webhookId}/deliveries`, function: "webhooks/list-deliveries", touches: caller },
  { method: "POST", path: `${basePath}/webhook-deliveries/{deliveryId}/redeliver`, function: "webhooks/redeliver", touches: [...caller, "webhook-queue"] },

  { method: "ANY", path: "$default", function: "reference/unmatched", touches: ["origins"] },
];

export type Schedule = {
  readonly name: string;
  readonly function: string;
  /** EventBridge Scheduler's own syntax. */
  readonly schedule: `rate(${string})` | `cron(${string})`;
  /** The queue whose messages start the function too. */
  readonly queue?: "webhook-queue";
  readonly touches: readonly Touch[];
};

const worker = ["database", "redis", "signing-key", "application-secret", "keyring-secret"] as const;

export const schedules: readonly Schedule[] = [
  { name: "check-keys", function: "scheduled/check-keys", schedule: "rate(1 hour)", touches: [...worker, "keyring-database", "webhook-queue"] },
  { name: "reconcile-certificates", function: "scheduled/reconcile-certificates", schedule: "rate(1 minute)", touches: worker },
  { name: "expire-licenses", function: "scheduled/expire-licenses", schedule: "rate(1 minute)", touches: [...worker, "webhook-queue"] },
  { name: "deliver-webhooks", function: "scheduled/deliver-webhooks", schedule: "rate(1 minute)", touches: ["database", "key-pepper", "webhook-queue"], queue: "webhook-queue" },
  { name: "summarize", function: "scheduled/summarize", schedule: "rate(5 minutes)", touches: ["database"] },
  // Each run works for four minutes at most; once the day's dump is whole, a run asks the bucket and ends.
  { name: "dump-database", function: "scheduled/dump-database", schedule: "rate(15 minutes)", touches: ["database", "dumps"] },
];
