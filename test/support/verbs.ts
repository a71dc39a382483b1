import type { Permission } from "@licensing/core/access/permission.ts";
import type { EventType } from "@licensing/core/event/event.ts";
import { routes } from "../../infra/routes.ts";
import type { Method } from "../../infra/routes.ts";
import type { Answer } from "./service.ts";

/** A license for a verb. `seat` is a machine's activation, `fingerprint` that of another machine. */
export type Subject = {
  readonly licenseId: string;
  readonly key: string;
  readonly seat: string;
  readonly fingerprint: string;
  /** Unique to each subject. */
  readonly mark: string;
};
export type Body = Readonly<Record<string, unknown>>;
export type VerbRequest = { readonly method: Method; readonly path: string; readonly body?: Body };

/** The states of a license whose policy runs for a month with three days of grace, by name in `contract/transitions`. */
export const states = [
  "running", "in its grace", "in its grace, swept", "expired", "expired, swept", "suspended", "suspended, then expired", "revoked",
  "not started", "waiting", "perpetual",
] as const;
export type State = (typeof states)[number];
export type Outcomes = Readonly<Record<State, string>>;

/** The tests' facts about one verb: all tests of every verb derive from this table. */
export type Verb = {
  /** The verb's function in the route table, by which its method and address are found. */
  readonly function: string;
  readonly permission: Permission;
  /** The status for each of `columns` in `access-table.ts`. */
  readonly callers: string;
  /** A valid body. Default: an empty one. */
  readonly body?: (subject: Subject) => Body;
  /** Another valid body for the same address; undefined if the route accepts no other. */
  readonly otherBody?: Body;
  /** The functions of the verbs that come first. */
  readonly after?: readonly string[];
  /** The event that the verb writes. Null: none. */
  readonly event: EventType | null;
  /**
   * The license's status after the verb, by its state before; or the code of the problem that refuses the verb. A leading `=` means
   * that the verb succeeds and changes nothing. Validation has its code.
   */
  readonly outcomes: Outcomes;
  /** Problems that are independent of the license's state. */
  readonly refusals?: readonly string[];
  /** Whether a success for a running license with one seat is right, beside status and sequence. */
  readonly isRight?: (answer: Answer, subject: Subject) => boolean;
  /** How many events the answer's change has written. Absent: one. */
  readonly written?: (answer: Pick<Answer, "status" | "body">) => number;
  /** The verb's share of the random operations of the load tests. */
  readonly weight: number;
};

/** The answered status of each state. */
const unchanged: Outcomes = {
  running: "ACTIVATED", "in its grace": "EXPIRED", "in its grace, swept": "EXPIRED", expired: "EXPIRED", "expired, swept": "EXPIRED",
  suspended: "SUSPENDED", "suspended, then expired": "SUSPENDED", revoked: "REVOKED", "not started": "ACTIVATED", waiting: "ACTIVATED",
  perpetual: "ACTIVATED",
};
const ofSuspended = (outcome: string) => ({ suspended: outcome, "suspended, then expired": outcome });
const ofExpired = (outcome: string) => ({ expired: outcome, "expired, swept": outcome });
const ofSeatless = (outcome: string) => ({ "not started": outcome, waiting: outcome });
const unlessRevoked = { revoked: "license-revoked" };
const onlyUsable = { ...ofExpired("license-expired"), ...ofSuspended("license-suspended"), ...unlessRevoked };
const always = (outcome: string) => Object.fromEntries(states.map((state) => [state, outcome])) as Outcomes;

const withReason = ({ mark }: Subject): Body => ({ reason: mark });
const otherReason = { reason: "another reason" };

/** In an order in which all verbs succeed on one license. */
export const verbs: readonly Verb[] = [
  {
    function: "licenses/update", permission: "license:update", callers: "401 200 200 403 403 403 403 403 403 403",
    body: ({ mark }) => ({ name: mark }), otherBody: { name: "Another name" }, event: "updated",
    outcomes: { ...unchanged, ...unlessRevoked },
    isRight: ({ body }, { mark }) => body.license.name === mark,
    weight: 30,
  },
  {
    function: "licenses/suspend", permission: "license:suspend", callers: "401 200 200 200 403 403 403 403 403 403",
    body: withReason, otherBody: otherReason, event: "suspended",
    outcomes: { ...always("SUSPENDED"), ...ofSuspended("license-suspended"), ...unlessRevoked },
    weight: 25,
  },
  {
    function: "licenses/reinstate", permission: "license:reinstate", callers: "401 200 200 200 403 403 403 403 403 403",
    body: withReason, otherBody: otherReason, after: ["licenses/suspend"], event: "reinstated",
    outcomes: { ...always("license-not-suspended"), suspended: "ACTIVATED", "suspended, then expired": "EXPIRED", ...unlessRevoked },
    weight: 45,
  },
  {
    function: "licenses/renew", permission: "license:renew", callers: "401 200 200 403 403 403 403 403 403 403",
    body: () => ({ periods: 1 }), otherBody: { periods: 2 }, event: "renewed",
    outcomes: { ...always("ACTIVATED"), ...ofSuspended("SUSPENDED"), ...unlessRevoked, waiting: "license-not-renewable", perpetual: "license-not-renewable" },
    refusals: ["license-not-renewable"],
    weight: 25,
  },
  {
    function: "licenses/rotate-key", permission: "license:update", callers: "401 200 200 403 403 403 403 403 403 403",
    body: withReason, otherBody: { overlapSeconds: 60 }, event: "updated",
    outcomes: { ...unchanged, ...unlessRevoked },
    isRight: ({ body }, { key }) => typeof body.key === "string" && body.key !== key,
    weight: 8,
  },
  {
    function: "licenses/publish", permission: "license:publish", callers: "401 200 200 200 403 403 403 403 403 403",
    event: null,
    outcomes: Object.fromEntries(states.map((state) => [state, `=${unchanged[state]}`])) as Outcomes,
    isRight: ({ body }, { licenseId }) => body.license.id === licenseId && body.certificate.sequence === body.license.sequence,
    weight: 15,
  },
  {
    function: "licenses/file", permission: "certificate:read", callers: "401 200 200 200 200 403 200 404 200 404",
    body: () => ({}), otherBody: { lifetime: "PT1H" }, event: "file-issued",
    outcomes: { ...unchanged, ...onlyUsable, "not started": "license-not-started" },
    refusals: ["file-not-allowed"],
    isRight: ({ body }, { licenseId }) => body.license.id === licenseId && body.file.includes(`License: ${licenseId}\n`),
    weight: 5,
  },
  {
    function: "activations/activate", permission: "activation:write", callers: "401 201 201 201 201 403 403 403 201 404",
    body: ({ licenseId, fingerprint }) => ({ licenseId, fingerprint }), otherBody: { name: "Another name" }, event: "activated",
    outcomes: { ...unchanged, ...onlyUsable, "not started": "license-not-started" },
    refusals: ["activation-limit-reached"],
    isRight: ({ body }, { fingerprint }) => body.activation.fingerprint === fingerprint && body.license.seatsUsed === 2,
    written: ({ status }) => (status === 201 ? 1 : 0),
    weight: 240,
  },
  {
    function: "activations/heartbeat", permission: "activation:write", callers: "401 200 200 200 200 403 403 403 200 404",
    event: null,
    outcomes: { ...always("="), ...onlyUsable, ...ofSeatless("activation-not-found") },
    refusals: ["activation-not-found"],
    weight: 40,
  },
  {
    function: "licenses/validate", permission: "license:validate", callers: "401 200 200 200 200 403 403 403 200 404",
    body: ({ licenseId, fingerprint, mark }) => ({ licenseId, fingerprint, nonce: mark }), otherBody: { nonce: "another" }, event: "activated",
    outcomes: {
      ...always("VALID"), "in its grace": "GRACE", "in its grace, swept": "GRACE", ...ofExpired("=EXPIRED"), ...ofSuspended("=SUSPENDED"),
      revoked: "=REVOKED", "not started": "=NOT_STARTED",
    },
    isRight: ({ body }, { mark }) => body.valid === true && body.code === "VALID" && body.activation.created === true && body.seats.used === 2 && body.nonce === mark,
    written: ({ body }) => (body?.activation?.created === true ? 1 : 0),
    weight: 200,
  },
  {
    function: "activations/rename", permission: "activation:write", callers: "401 200 200 200 200 403 200 404 200 404",
    body: ({ mark }) => ({ name: mark }), otherBody: { name: "Another name" }, event: "updated",
    outcomes: { ...unchanged, ...ofSeatless("activation-not-found") },
    isRight: ({ body }, { mark, seat }) => body.activation.id === seat && body.activation.name === mark,
    refusals: ["activation-not-found"],
    weight: 10,
  },
  {
    function: "activations/deactivate", permission: "activation:write", callers: "401 204 204 204 204 403 204 404 204 404",
    event: "deactivated",
    outcomes: { ...unchanged, ...ofSeatless("activation-not-found") },
    weight: 130,
  },
  {
    function: "licenses/release-seats", permission: "activation:write", callers: "401 200 200 200 200 403 200 404 200 404",
    body: withReason, otherBody: otherReason, event: "deactivated",
    outcomes: { ...unchanged, ...ofSeatless("=ACTIVATED") },
    refusals: ["release-limit-reached"],
    isRight: ({ body }) => body.released === 1 && body.license.seatsUsed === 0,
    written: ({ body }) => Number(body?.released ?? 0),
    weight: 5,
  },
  {
    function: "licenses/transfer", permission: "license:update", callers: "401 200 200 403 403 403 403 403 403 403",
    body: ({ mark }) => ({ holder: { type: "user", id: mark }, keepSeats: true, reason: mark }),
    otherBody: { holder: { type: "user", id: "another" } }, event: "transferred",
    outcomes: { ...unchanged, ...unlessRevoked },
    isRight: ({ body }, { key, mark }) => body.license.holder.id === mark && typeof body.key === "string" && body.key !== key && body.license.seatsUsed === 1,
    weight: 3,
  },
  {
    function: "licenses/revoke", permission: "license:revoke", callers: "401 200 200 403 403 403 403 403 403 403",
    body: withReason, otherBody: otherReason, event: "revoked",
    outcomes: { ...always("REVOKED"), ...unlessRevoked },
    weight: 1,
  },
];

/** `licenses/suspend` → `suspend`. */
export const verbName = (verb: Verb): string => verb.function.split("/").at(-1) ?? "";

export function verbOf(name: string): Verb {
  const verb = verbs.find((each) => each.function === name || verbName(each) === name);
  if (verb === undefined) throw new Error(`no verb ${name}`);
  return verb;
}

/** The request of a verb for a license, at its address in the route table. */
export function requestOf(verb: Verb, subject: Subject): VerbRequest {
  const { method, path } = routeOf(verb);
  const address = path.replace("{licenseId}", subject.licenseId).replace("{activationId}", subject.seat);
  return { method, path: address, ...(method === "DELETE" ? {} : { body: verb.body?.(subject) ?? {} }) };
}

export function routeOf(verb: Verb): { readonly method: Method; readonly path: string } {
  const route = routes.find((each) => each.function === verb.function);
  if (route === undefined || route.method === "ANY") throw new Error(`no route for ${verb.function}`);
  return { method: route.method, path: route.path };
}

/** The verb's entry in the trail: `suspended (reason)`. Null: none. */
export function toldOf(verb: Verb, subject: Subject): string | null {
  const reason = verb.body?.(subject)["reason"];
  return verb.event === null || typeof reason !== "string" ? verb.event : `${verb.event} (${reason})`;
}
