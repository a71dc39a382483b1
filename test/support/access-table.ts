import type { Permission } from "@licensing/core/access/permission.ts";
import { routeOf, verbs } from "./verbs.ts";

/**
 * The callers of every route, written by hand from the HTTP contract ("Who may call", "Routes") and not from the seeds or the
 * routes' own contracts, which are compared with it. A cell is the status of a request that is otherwise valid. The rows of
 * the verbs are in `verbs.ts`.
 *
 * `holder` and `stranger` are tokens without a role: the license's holder's, and another user's. `key` is the license's own key,
 * `other-key` that of another license. A list narrows itself, so it is 200 to every permitted caller.
 */
export const columns = ["anonymous", "admin", "operator", "support", "service", "auditor", "holder", "stranger", "key", "other-key"] as const;
export type Column = (typeof columns)[number];
export const roles = ["admin", "operator", "support", "service", "auditor"] as const;

const text = `
GET    /healthz                                         -                  200 200 200 200 200 200 200 200 200 200
GET    /readyz                                          -                  200 200 200 200 200 200 200 200 200 200
GET    B/.well-known/jwks.json                          -                  200 200 200 200 200 200 200 200 200 200
GET    B/openapi.json                                   -                  200 200 200 200 200 200 200 200 200 200
GET    B/docs                                           -                  200 200 200 200 200 200 200 200 200 200
GET    B/docs/{asset}                                   -                  200 200 200 200 200 200 200 200 200 200
GET    B/problems/{type}                                -                  200 200 200 200 200 200 200 200 200 200
GET    B/console                                        -                  200 200 200 200 200 200 200 200 200 200
GET    B/console/{asset}                                -                  200 200 200 200 200 200 200 200 200 200
GET    B/console/config                                 -                  200 200 200 200 200 200 200 200 200 200
GET    B/me                                             any                401 200 200 200 200 200 200 200 200 200
POST   B/policies                                       policy:write       401 201 403 403 403 403 403 403 403 403
GET    B/policies                                       policy:read        401 200 200 200 403 200 403 403 403 403
GET    B/policies/{policyId}                            policy:read        401 200 200 200 403 200 403 403 403 403
PATCH  B/policies/{policyId}                            policy:write       401 200 403 403 403 403 403 403 403 403
DELETE B/policies/{policyId}                            policy:write       401 204 403 403 403 403 403 403 403 403
POST   B/policies/{policyId}/reinstate                  policy:write       401 200 403 403 403 403 403 403 403 403
POST   B/policies/{policyId}/apply                      policy:write       401 200 403 403 403 403 403 403 403 403
POST   B/licenses                                       license:issue      401 201 201 403 403 403 403 403 403 403
GET    B/licenses                                       license:read       401 200 200 200 200 200 200 200 200 200
POST   B/licenses/find                                  license:read       401 200 200 200 200 200 200 200 200 200
GET    B/licenses/{licenseId}                           license:read       401 200 200 200 200 200 200 404 200 404
GET    B/licenses/{licenseId}/certificate               certificate:read   401 200 200 200 200 403 200 404 200 404
GET    B/licenses/{licenseId}/activations               activation:read    401 200 200 200 200 200 200 404 200 404
GET    B/licenses/{licenseId}/events                    event:read         401 200 200 200 403 200 200 404 403 403
POST   B/licenses/{licenseId}/usage                     usage:write        401 200 200 403 200 403 403 403 200 404
GET    B/licenses/{licenseId}/usage                     usage:read         401 200 200 200 200 200 200 404 200 404
PUT    B/licenses/{licenseId}/usage/{meter}             license:update     401 200 200 403 403 403 403 403 403 403
GET    B/usage                                          usage:read         401 200 200 200 200 200 200 200 200 200
GET    B/activations                                    activation:read    401 200 200 200 200 200 200 200 200 200
GET    B/activations/{activationId}                     activation:read    401 200 200 200 200 200 200 404 200 404
GET    B/license-events                                 event:read         401 200 200 200 403 200 200 200 403 403
GET    B/statistics                                     statistics:read    401 200 200 200 403 200 403 403 403 403
GET    B/keys                                           key:read           401 200 200 403 200 200 403 403 403 403
POST   B/keys/check                                     key:manage         401 200 403 403 403 403 403 403 403 403
POST   B/keys/{kid}/compromise                          key:manage         401 409 403 403 403 403 403 403 403 403
GET    B/policy-definitions                             access:read        401 200 403 403 403 200 403 403 403 403
POST   B/policy-definitions                             access:write       401 201 403 403 403 403 403 403 403 403
DELETE B/policy-definitions/{id}                        access:write       401 204 403 403 403 403 403 403 403 403
GET    B/credentials                                    access:read        401 200 403 403 403 200 403 403 403 403
POST   B/credentials                                    access:write       401 201 403 403 403 403 403 403 403 403
DELETE B/credentials/{clientId}                         access:write       401 204 403 403 403 403 403 403 403 403
POST   B/webhooks                                       webhook:write      401 201 403 403 403 403 403 403 403 403
GET    B/webhooks                                       webhook:read       401 200 200 200 403 200 403 403 403 403
GET    B/webhooks/{webhookId}                           webhook:read       401 200 200 200 403 200 403 403 403 403
PATCH  B/webhooks/{webhookId}                           webhook:write      401 200 403 403 403 403 403 403 403 403
DELETE B/webhooks/{webhookId}                           webhook:write      401 204 403 403 403 403 403 403 403 403
POST   B/webhooks/{webhookId}/rotate-secret             webhook:write      401 200 403 403 403 403 403 403 403 403
POST   B/webhooks/{webhookId}/test                      webhook:write      401 202 403 403 403 403 403 403 403 403
POST   B/webhooks/{webhookId}/replay                    webhook:write      401 409 403 403 403 403 403 403 403 403
GET    B/webhooks/{webhookId}/deliveries                webhook:read       401 200 200 200 403 200 403 403 403 403
POST   B/webhook-deliveries/{deliveryId}/redeliver      webhook:write      401 202 403 403 403 403 403 403 403 403
`;

export type TableRow = {
  readonly method: string;
  readonly path: string;
  readonly permission: Permission | "any" | "public";
  readonly statuses: Readonly<Record<Column, number>>;
};

function rowOf({ method, path, permission, statuses }: Record<"method" | "path" | "permission", string> & { readonly statuses: readonly string[] }): [string, TableRow] {
  if (statuses.length !== columns.length) throw new Error(`not a row: ${method} ${path}`);
  const cells = Object.fromEntries(columns.map((column, index) => [column, Number(statuses[index])])) as Record<Column, number>;
  return [`${method} ${path}`, { method, path, permission: permission === "-" ? "public" : (permission as TableRow["permission"]), statuses: cells }];
}

/** By `METHOD path`. */
export const accessTable: ReadonlyMap<string, TableRow> = new Map([
  ...text.trim().split("\n").map((line) => {
    const [method = "", short = "", permission = "", ...statuses] = line.split(/\s+/);
    return rowOf({ method, path: short.replace(/^B\//, "/v1/api/licensing/"), permission, statuses });
  }),
  ...verbs.map((verb) => rowOf({ ...routeOf(verb), permission: verb.permission, statuses: verb.callers.split(" ") })),
]);

/** Every permission of a role, as the table has it. */
export function permissionsOf(role: Column): ReadonlySet<Permission> {
  const allowed = [...accessTable.values()].flatMap(({ permission, statuses }) => (permission === "public" || permission === "any" || statuses[role] === 403 ? [] : [permission]));
  return new Set(allowed);
}
