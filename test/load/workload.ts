import type { Intent } from "../support/checkers.ts";
import { problemFaults } from "../support/checkers.ts";
import type { Reply, Sent } from "../support/http-client.ts";
import type { Random } from "../support/random.ts";
import { base } from "../support/service.ts";

/** A license that the clients share, with what they have been told of it. */
export type Shared = { readonly licenseId: string; readonly seats: Set<string> };

export type WorkloadOptions = {
  readonly send: (sent: Sent) => Promise<Reply>;
  readonly licenses: readonly [Shared, ...Shared[]];
  readonly authorization: string;
  readonly random: Random;
  readonly operations: number;
  readonly clients: number;
  /** Tells runs on the same database apart. */
  readonly name: string;
};

export type Tally = {
  readonly done: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly intents: readonly Intent[];
  /** Activations whose end was answered with 204. */
  readonly freed: readonly string[];
  /** What no caller should ever see. */
  readonly unexpected: readonly string[];
  /** Calls that were cut off or told to come again (503), and were sent again with the same key. */
  readonly resent: number;
};

/** What a verb is sent as, and what its answers mean. */
type Verb = {
  readonly name: string;
  readonly weight: number;
  readonly request: (license: Shared, context: { readonly id: string; readonly random: Random }) => Omit<Sent, "headers"> | undefined;
  /** The problems that it may rightly be refused with. */
  readonly refusals: readonly string[];
  /** The event that it writes when it is done, and how many by this answer. */
  readonly type?: string;
  readonly events?: (reply: Reply) => number;
  readonly learn?: (license: Shared, reply: Reply) => void;
};

const at = ({ licenseId }: Shared) => `${base}/licenses/${licenseId}`;
const dead = ["license-revoked"] as const;
const machine = (random: Random) => `machine-${String(random.below(40)).padStart(4, "0")}`;
const one = () => 1;
const learnSeat = (license: Shared, { body }: Reply) => {
  const id = body?.activation?.id as string | undefined;
  if (id !== undefined) license.seats.add(id);
};

function ofSeat(method: "POST" | "DELETE", tail: string): Verb["request"] {
  return ({ seats }, { random }) => {
    const known = [...seats];
    const id = known[random.below(Math.max(1, known.length))];
    return id === undefined ? undefined : { method, path: `${base}/activations/${id}${tail}`, ...(method === "POST" ? { body: {} } : {}) };
  };
}

const change = (verb: string, body: object = {}) => (license: Shared) => ({ method: "POST", path: `${at(license)}/${verb}`, body });

const verbs: readonly Verb[] = [
  {
    name: "activate", weight: 240, type: "activated",
    request: ({ licenseId }, { random }) => ({ method: "POST", path: `${base}/activations`, body: { licenseId, fingerprint: machine(random) } }),
    refusals: ["activation-limit-reached", "license-suspended", ...dead],
    events: ({ status }) => (status === 201 ? 1 : 0),
    learn: learnSeat,
  },
  {
    name: "validate and take a seat", weight: 200, type: "activated",
    request: ({ licenseId }, { random }) => ({ method: "POST", path: `${base}/licenses/validate`, body: { licenseId, fingerprint: machine(random) } }),
    refusals: [],
    events: ({ body }) => (body?.activation?.created === true ? 1 : 0),
    learn: learnSeat,
  },
  {
    name: "deactivate", weight: 130,
    request: ofSeat("DELETE", ""),
    refusals: [],
  },
  { name: "heartbeat", weight: 40, request: ofSeat("POST", "/heartbeat"), refusals: ["activation-not-found", "license-suspended", ...dead] },
  { name: "validate", weight: 100, request: ({ licenseId }) => ({ method: "POST", path: `${base}/licenses/validate`, body: { licenseId } }), refusals: [] },
  { name: "read", weight: 60, request: (license) => ({ method: "GET", path: at(license) }), refusals: [] },
  { name: "list events", weight: 20, request: (license) => ({ method: "GET", path: `${at(license)}/events?limit=5` }), refusals: [] },
  { name: "read the certificate", weight: 40, request: (license) => ({ method: "GET", path: `${at(license)}/certificate` }), refusals: [] },
  { name: "publish", weight: 15, request: change("certificate"), refusals: [] },
  { name: "suspend", weight: 25, type: "suspended", request: change("suspend"), refusals: ["license-suspended", ...dead], events: one },
  { name: "reinstate", weight: 45, type: "reinstated", request: change("reinstate"), refusals: ["license-not-suspended", ...dead], events: one },
  { name: "renew", weight: 25, type: "renewed", request: change("renew", { periods: 1 }), refusals: ["license-not-renewable", ...dead], events: one },
  {
    name: "rename", weight: 30, type: "updated",
    request: (license, { id }) => ({ method: "PATCH", path: at(license), body: { name: id } }),
    refusals: dead, events: one,
  },
  {
    name: "change the limit", weight: 20,
    request: (license, { random }) => ({ method: "PATCH", path: at(license), body: { activationLimit: 3 + random.below(8) } }),
    refusals: ["activation-limit-reached", ...dead],
  },
  { name: "rotate the key", weight: 8, type: "updated", request: change("rotate-key"), refusals: dead, events: one },
  { name: "revoke", weight: 1, type: "revoked", request: change("revoke"), refusals: dead, events: one },
];

const weights = verbs.reduce((sum, { weight }) => sum + weight, 0);

function pickVerb(random: Random): Verb | undefined {
  let rest = random.below(weights);
  return verbs.find(({ weight }) => (rest -= weight) < 0);
}

type State = { begun: number; done: number; resent: number; readonly outcomes: Map<string, number>; readonly intents: Intent[]; readonly freed: string[]; readonly unexpected: string[] };

/** Random verbs on shared licenses, from so many clients at once; a twentieth of the changes is sent twice at once. */
export async function runWorkload(options: WorkloadOptions): Promise<Tally> {
  const state: State = { begun: 0, done: 0, resent: 0, outcomes: new Map(), intents: [], freed: [], unexpected: [] };
  const client = async () => {
    while (state.begun < options.operations) {
      state.begun += 1;
      await operate(options, state, `${options.name}-operation-${state.begun}`);
    }
  };
  await Promise.all(Array.from({ length: options.clients }, client));
  return { ...state, outcomes: Object.fromEntries([...state.outcomes].sort()) };
}

async function operate(options: WorkloadOptions, state: State, id: string): Promise<void> {
  const { random, licenses } = options;
  const license = random.pick(licenses);
  const verb = pickVerb(random);
  const request = verb?.request(license, { id, random });
  if (verb === undefined || request === undefined) return;
  const isChange = request.method !== "GET";
  const headers = {
    authorization: options.authorization,
    "x-request-id": id,
    ...(isChange && request.method !== "DELETE" && verb.events !== undefined ? { "idempotency-key": id } : {}),
  };
  const twice = "idempotency-key" in headers && random.chance(0.05);
  const replies = await Promise.all(Array.from({ length: twice ? 2 : 1 }, () => settle(options, state, { ...request, headers })));
  for (const reply of replies) take({ options, state, verb, license, request, id }, reply);
  // A refusal isn't kept for its key: of two copies one may be refused and the other, a moment later, be done.
  const telling = replies.find(({ status }) => status >= 200 && status < 300) ?? replies[0];
  if (verb.events !== undefined && telling !== undefined) state.intents.push(intentOf({ verb, id }, telling));
}

const resendsMax = 60;

/** Sends until the outcome is known. */
async function settle(options: WorkloadOptions, state: State, sent: Sent): Promise<Reply> {
  for (let sends = 1; ; sends += 1) {
    const reply = await options.send(sent).catch(cutOff);
    const isKnown = reply.status !== 0 && reply.status !== 503;
    if (isKnown || sends > resendsMax) return reply;
    state.resent += 1;
    if (reply.status > 0) state.unexpected.push(...problemFaults(reply));
    await new Promise((resolve) => setTimeout(resolve, 100 + 20 * sends));
  }
}

function cutOff(error: unknown): Reply {
  const { code, message } = error as { code?: string; message?: string };
  return { status: 0, headers: new Headers(), text: `${code ?? ""} ${message ?? ""} cut off`.trim(), body: undefined };
}

type Taken = { readonly options: WorkloadOptions; readonly state: State; readonly verb: Verb; readonly license: Shared; readonly request: Omit<Sent, "headers">; readonly id: string };

function take({ state, verb, license, request }: Taken, reply: Reply): void {
  state.done += 1;
  const code = reply.status < 300 ? String(reply.body?.code ?? "") : String(reply.body?.code ?? reply.text.slice(0, 80));
  const outcome = `${reply.status}${code === "" ? "" : ` ${code}`}`;
  state.outcomes.set(outcome, (state.outcomes.get(outcome) ?? 0) + 1);
  const isRight = reply.status >= 200 && (reply.status < 300 || verb.refusals.includes(code));
  if (!isRight) state.unexpected.push(`${verb.name}: ${outcome}`);
  if (reply.status > 0) state.unexpected.push(...problemFaults(reply).map((fault) => `${verb.name}: ${fault}`));
  if (reply.status < 300) verb.learn?.(license, reply);
  if (reply.status === 204) {
    const freed = request.path.split("/").at(-1) ?? "";
    license.seats.delete(freed);
    state.freed.push(freed);
  }
}

function intentOf({ verb, id }: { readonly verb: Verb; readonly id: string }, reply: Reply): Intent {
  const isDone = reply.status >= 200 && reply.status < 300;
  const outcome = isDone ? "done" : reply.status >= 400 && reply.status < 500 ? "refused" : "unknown";
  const events = isDone ? (verb.events?.(reply) ?? 0) : 1;
  const sequence = reply.body?.license?.sequence as number | undefined;
  return { requestId: id, outcome, events, ...(verb.type === undefined ? {} : { type: verb.type }), ...(isDone && events > 0 && sequence !== undefined ? { sequence } : {}) };
}
