import { auditFaults, effectFaults, problemFaults, seatFaults } from "../support/checkers.ts";
import type { Intent } from "../support/checkers.ts";
import type { FaultyService } from "../support/faulty-service.ts";
import type { Answer } from "../support/service.ts";
import type { Subject } from "../support/verbs.ts";
import { createSubject, operations } from "./operations.ts";
import type { Context, Operation, Request } from "./operations.ts";

/** The allowed outcomes of an operation: its one right answer, or a problem that names a failed dependency or an unknown outcome. */
export type Outcome = "right" | "dependency-unavailable" | "outcome-unknown" | "license-contended";

export type Trial = {
  readonly context: Context;
  readonly faulty: FaultyService;
  /** Begins the trouble. Returns a function that ends it. */
  readonly inject: (subjects: readonly Subject[]) => Promise<() => Promise<unknown>>;
  readonly expected: (operation: Operation) => readonly Outcome[];
  /** Names a request; default: at random. */
  readonly requestId?: (operation: Operation) => string;
  /** A further condition of a right answer. */
  readonly alsoRight?: (answer: Answer, operation: Operation) => boolean;
  readonly only?: (operation: Operation) => boolean;
};

export type Report = { readonly tried: number; readonly outcomes: Readonly<Record<string, number>>; readonly faults: readonly string[] };

type Attempt = { readonly operation: Operation; readonly subject: Subject; readonly request: Request; readonly requestId: string; readonly key: string };
type Judged = Attempt & { readonly answer: Answer; readonly outcome: Outcome | "wrong" };

let attempts = 0;

/**
 * Runs every operation at once during a fault, each on a license of its own: it ends in its right answer or in a problem that the
 * fault explains. Then the trouble ends, the same requests are sent again with the same keys, and each has had exactly one
 * effect. The report's `faults` are the violations.
 */
export async function runTrial(trial: Trial): Promise<Report> {
  const { context, faulty } = trial;
  const prepared = await prepare(trial);
  const overrunsBefore = faulty.overruns();
  const end = await trial.inject(prepared.map(({ subject }) => subject));
  const during = await Promise.all(prepared.map((attempt) => send(trial, attempt)));
  await end();
  const early = await effectFaults(context.service.owner, intentsOf(during));
  // Longer than every pause after a failure.
  context.service.clock.advance(11);
  const after = await Promise.all(prepared.map((attempt) => send(trial, attempt)));
  const late = await effectFaults(context.service.owner, intentsOf(after));
  return {
    tried: during.length,
    outcomes: countBy(during.map(({ outcome }) => outcome)),
    faults: [
      ...during.flatMap((judged) => faultsDuring(trial, judged)),
      ...(faulty.overruns() === overrunsBefore ? [] : [`${faulty.overruns() - overrunsBefore} calls outlived their function`]),
      ...early.map((fault) => `while it failed: ${fault}`),
      ...after.flatMap((judged) => (judged.outcome === "right" ? [] : [`${judged.operation.name}: afterwards ${describe(judged.answer)}`])),
      ...late.map((fault) => `afterwards: ${fault}`),
      ...(await seatFaults(context.service.owner, context.service.clock.now())),
      ...(await auditFaults(context.service.owner)),
    ],
  };
}

async function prepare({ context, only = () => true, requestId }: Trial): Promise<readonly Attempt[]> {
  return Promise.all(
    operations.filter(only).map(async (operation) => {
      const subject = await createSubject(context);
      attempts += 1;
      const name = `attempt-${attempts}-${subject.mark}`;
      return { operation, subject, request: operation.request(subject, context), requestId: requestId?.(operation) ?? name, key: name };
    }),
  );
}

async function send(trial: Trial, attempt: Attempt): Promise<Judged> {
  const { request, requestId, key } = attempt;
  const isKeyed = attempt.operation.kind !== "read" && request.method !== "DELETE";
  const answer = await trial.faulty.call(request.method, request.path, {
    headers: { "x-request-id": requestId, ...(isKeyed ? { "idempotency-key": key } : {}) },
    ...(request.body === undefined ? {} : { body: request.body }),
    ...(request.authorization === undefined ? {} : { authorization: request.authorization }),
  });
  return { ...attempt, answer, outcome: await judge(trial, attempt, answer) };
}

async function judge({ context }: Trial, { operation, subject }: Attempt, answer: Answer): Promise<Outcome | "wrong"> {
  if (answer.status < 300) return (await operation.isRight(answer, subject, context)) ? "right" : "wrong";
  const code = String(answer.body?.code);
  return code === "dependency-unavailable" || code === "outcome-unknown" || code === "license-contended" ? code : "wrong";
}

function faultsDuring(trial: Trial, { operation, answer, outcome }: Judged): string[] {
  const expected = trial.expected(operation);
  const isExpected = outcome !== "wrong" && expected.includes(outcome) && (outcome !== "right" || (trial.alsoRight?.(answer, operation) ?? true));
  return [
    ...(isExpected ? [] : [`${operation.name}: ${describe(answer)} instead of ${expected.join(" or ")}`]),
    ...problemFaults(answer).map((fault) => `${operation.name}: ${fault}`),
  ];
}

function intentsOf(judged: readonly Judged[]): readonly Intent[] {
  return judged.map(({ requestId, operation, outcome }) => ({
    requestId,
    events: operation.events,
    outcome: outcome === "right" ? "done" : outcome === "outcome-unknown" || outcome === "wrong" ? "unknown" : "refused",
  }));
}

function describe(answer: Answer): string {
  return `${answer.status} ${answer.text.slice(0, 160)}`;
}

function countBy(words: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]));
}
