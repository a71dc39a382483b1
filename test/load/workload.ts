import type { Intent } from "../support/checkers.ts";
import { problemFaults } from "../support/checkers.ts";
import type { Reply, Sent } from "../support/http-client.ts";
import type { Random } from "../support/random.ts";
import { base } from "../support/service.ts";
import { requestOf, routeOf, verbName, verbs } from "../support/verbs.ts";
import type { Verb } from "../support/verbs.ts";

/** A license that the clients share, with the facts of its answers. */
export type Shared = { readonly licenseId: string; readonly seats: Set<string> };

export type WorkloadOptions = {
  readonly send: (sent: Sent) => Promise<Reply>;
  readonly licenses: readonly [Shared, ...Shared[]];
  readonly authorization: string;
  readonly random: Random;
  readonly operations: number;
  readonly clients: number;
  /** Differs for each run on the same database. */
  readonly name: string;
  /** The operations that these clients don't use, by name. */
  readonly without?: readonly string[];
};

export type Tally = {
  readonly done: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly intents: readonly Intent[];
  /** Activations whose end was answered with 204. */
  readonly freed: readonly string[];
  /** Answers that no caller should ever get. */
  readonly unexpected: readonly string[];
  /** Calls that were cut off or answered 503, and were sent again with the same key. */
  readonly resent: number;
};

/** One operation of the clients, and the meaning of its answers. */
type Operation = {
  readonly name: string;
  readonly weight: number;
  readonly request: (license: Shared, context: { readonly id: string; readonly random: Random }) => Omit<Sent, "headers"> | undefined;
  /** The problems that may rightly refuse it. */
  readonly refusals: readonly string[];
  /** The event that a success writes, and the number of them by its answer. */
  readonly type?: string;
  readonly events?: (reply: Reply) => number;
};

const at = ({ licenseId }: Shared) => `${base}/licenses/${licenseId}`;

/** The states that a license here can be in. */
const reachable = ["running", "suspended", "revoked"] as const;

function operationOf(verb: Verb): Operation {
  const { method, path } = routeOf(verb);
  const isOfSeat = path.includes("{activationId}");
  // Two callers may end the same seat: both are answered 204, and one of them wrote the event.
  const countsEvents = verb.event !== null && method !== "DELETE";
  return {
    name: verbName(verb),
    weight: verb.weight,
    request: ({ licenseId, seats }, { id, random }) => {
      const seat = isOfSeat ? [...seats][random.below(Math.max(1, seats.size))] : "";
      const fingerprint = `machine-${String(random.below(40)).padStart(4, "0")}`;
      return seat === undefined ? undefined : requestOf(verb, { licenseId, key: "", seat, fingerprint, mark: id });
    },
    refusals: [...(verb.refusals ?? []), ...reachable.map((state) => verb.outcomes[state]).filter((outcome) => outcome.includes("-"))],
    ...(countsEvents ? { type: verb.event, events: verb.written ?? (() => 1) } : {}),
  };
}

const operations: readonly Operation[] = [
  ...verbs.map(operationOf),
  { name: "validate without a machine", weight: 100, request: ({ licenseId }) => ({ method: "POST", path: `${base}/licenses/validate`, body: { licenseId } }), refusals: [] },
  { name: "read", weight: 60, request: (license) => ({ method: "GET", path: at(license) }), refusals: [] },
  { name: "list events", weight: 20, request: (license) => ({ method: "GET", path: `${at(license)}/events?limit=5` }), refusals: [] },
  { name: "read the certificate", weight: 40, request: (license) => ({ method: "GET", path: `${at(license)}/certificate` }), refusals: [] },
  {
    name: "change the limit", weight: 20,
    request: (license, { random }) => ({ method: "PATCH", path: at(license), body: { activationLimit: 3 + random.below(8) } }),
    refusals: ["activation-limit-reached", "license-revoked"],
  },
];

function pickOperation({ random, without = [] }: WorkloadOptions): Operation | undefined {
  const used = operations.filter(({ name }) => !without.includes(name));
  let rest = random.below(used.reduce((sum, { weight }) => sum + weight, 0));
  return used.find(({ weight }) => (rest -= weight) < 0);
}

type State = { begun: number; done: number; resent: number; readonly outcomes: Map<string, number>; readonly intents: Intent[]; readonly freed: string[]; readonly unexpected: string[] };

/** Random verbs on shared licenses, from several clients at once. A twentieth of the changes is sent twice at once. */
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
  const operation = pickOperation(options);
  const request = operation?.request(license, { id, random });
  if (operation === undefined || request === undefined) return;
  const isChange = request.method !== "GET";
  const headers = {
    authorization: options.authorization,
    "x-request-id": id,
    ...(isChange && request.method !== "DELETE" && operation.events !== undefined ? { "idempotency-key": id } : {}),
  };
  const twice = "idempotency-key" in headers && random.chance(0.05);
  const replies = await Promise.all(Array.from({ length: twice ? 2 : 1 }, () => settle(options, state, { ...request, headers })));
  for (const reply of replies) take({ options, state, operation, license, request, id }, reply);
  const { events } = operation;
  if (events === undefined) return;
  // A refusal isn't stored for its key, nor is a validation that takes no seat: of two copies one may change nothing, and the other
  // succeed a moment later.
  const successes = replies.filter(({ status }) => status >= 200 && status < 300);
  const telling = successes.find((reply) => events(reply) > 0) ?? successes[0] ?? replies[0];
  if (telling !== undefined) state.intents.push(intentOf({ operation, id }, telling));
}

const resendsMax = 300;
const pauseMsMax = 1_000;

/** Sends until the outcome is known. */
async function settle(options: WorkloadOptions, state: State, sent: Sent): Promise<Reply> {
  for (let sends = 1; ; sends += 1) {
    const reply = await options.send(sent).catch(cutOff);
    const isKnown = reply.status !== 0 && reply.status !== 503;
    if (isKnown || sends > resendsMax) return reply;
    state.resent += 1;
    if (reply.status > 0) state.unexpected.push(...problemFaults(reply));
    await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMsMax, 100 + 20 * sends)));
  }
}

function cutOff(error: unknown): Reply {
  const { code, message } = error as { code?: string; message?: string };
  return { status: 0, headers: new Headers(), text: `${code ?? ""} ${message ?? ""} cut off`.trim(), body: undefined };
}

type Taken = { readonly options: WorkloadOptions; readonly state: State; readonly operation: Operation; readonly license: Shared; readonly request: Omit<Sent, "headers">; readonly id: string };

function take({ state, operation, license, request }: Taken, reply: Reply): void {
  state.done += 1;
  const code = reply.status < 300 ? String(reply.body?.code ?? "") : String(reply.body?.code ?? reply.text.slice(0, 80));
  const outcome = `${reply.status}${code === "" ? "" : ` ${code}`}`;
  state.outcomes.set(outcome, (state.outcomes.get(outcome) ?? 0) + 1);
  const isRight = reply.status >= 200 && (reply.status < 300 || operation.refusals.includes(code));
  if (!isRight) state.unexpected.push(`${operation.name}: ${outcome}`);
  if (reply.status > 0) state.unexpected.push(...problemFaults(reply).map((fault) => `${operation.name}: ${fault}`));
  const seat = reply.body?.activation?.id as string | undefined;
  if (reply.status < 300 && seat !== undefined) license.seats.add(seat);
  if (reply.status === 204) {
    const freed = request.path.split("/").at(-1) ?? "";
    license.seats.delete(freed);
    state.freed.push(freed);
  }
}

function intentOf({ operation, id }: { readonly operation: Operation; readonly id: string }, reply: Reply): Intent {
  const isDone = reply.status >= 200 && reply.status < 300;
  const outcome = isDone ? "done" : reply.status >= 400 && reply.status < 500 ? "refused" : "unknown";
  const events = isDone ? (operation.events?.(reply) ?? 0) : 1;
  const sequence = reply.body?.license?.sequence as number | undefined;
  return { requestId: id, outcome, events, ...(operation.type === undefined ? {} : { type: operation.type }), ...(isDone && events > 0 && sequence !== undefined ? { sequence } : {}) };
}
