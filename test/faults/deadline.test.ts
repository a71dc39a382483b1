import { afterAll, describe, expect, test } from "vitest";
import { sql } from "drizzle-orm";
import { budgetMs, replyReserveMs, withDeadline } from "@licensing/core/platform/deadline.ts";
import { DatabaseError } from "@licensing/core/platform/database-error.ts";
import { createDatabase } from "@licensing/core/platform/database.ts";
import { createTransport } from "@licensing/core/platform/transport.ts";
import type { Outgoing, Transport } from "@licensing/core/platform/transport.ts";
import { problemFaults } from "../support/checkers.ts";
import type { Endpoint } from "../support/faulty-service.ts";
import { startFaultyService } from "../support/faulty-service.ts";
import { startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { until } from "../support/until.ts";
import { createContext, createSubject, operations } from "./operations.ts";

const isLong = process.env["LICENSING_PROVE"] === "long";
const service = await startService();
const context = await createContext(service);
const inner = createTransport();
afterAll(() => inner.close());

describe("the time of a call to a dependency", () => {
  test("is the function's remaining time without the reserve for its answer, and at most its own limit", async () => {
    await withDeadline(performance.now() + 2_000, async () => {
      expect(budgetMs(5_000)).toBeLessThanOrEqual(2_000 - replyReserveMs);
      expect(budgetMs(100)).toBe(100);
    });
    await withDeadline(performance.now() - 1, async () => expect(budgetMs(5_000)).toBe(1));
    expect(budgetMs(5_000)).toBe(5_000);
  });

  test("is not lengthened by a later deadline inside an earlier one", async () => {
    await withDeadline(performance.now() + 700, () =>
      withDeadline(performance.now() + 60_000, async () => expect(budgetMs(5_000)).toBeLessThanOrEqual(700 - replyReserveMs)),
    );
  });

  test("begins no change that it couldn't wait for: nothing is sent, and the error is unavailable, not outcome-unknown", async () => {
    let sent = 0;
    const counting: Transport = { ...inner, send: (request) => ((sent += 1), inner.send(request)) };
    const database = createDatabase(service.environment["APP_ENV_DATABASE_URL"] ?? "", counting);
    const error = await withDeadline(performance.now() + replyReserveMs + 50, () => database.write(sql`select 1`)).catch((thrown: unknown) => thrown);
    expect([error instanceof DatabaseError && error.kind, sent]).toEqual(["unavailable", 0]);
  });
});

describe("no call to a dependency gets more time than its function has,", () => {
  // Less than a call to the database may take.
  const timeoutMs = 4_000;

  test.each(operations.map((operation) => [operation.name, operation] as const))("to %s", async (_name, operation) => {
    const faulty = await startFaultyService(service, { timeoutMs });
    const asked: number[] = [];
    const send = faulty.runtime.transport.send;
    Object.assign(faulty.runtime.transport, { send: (request: Outgoing) => (asked.push(request.timeoutMs), send(request)) });
    const subject = await createSubject(context);
    const request = operation.request(subject, context);
    const answer = await faulty.call(request.method, request.path, {
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(request.authorization === undefined ? {} : { authorization: request.authorization }),
    });
    expect(await operation.isRight(answer, subject, context)).toBe(true);
    expect(asked.length).toBeGreaterThanOrEqual(1);
    expect(Math.max(...asked)).toBeLessThanOrEqual(patient(timeoutMs) - replyReserveMs);
  });
});

describe("a function whose dependency never answers reports that itself before its time is over:", () => {
  const cases: readonly (readonly [string, readonly Endpoint[], number])[] = [
    ["the database", ["database"], 1_500],
    ["all dependencies", ["database", "redis", "identity"], 1_500],
    ["all dependencies, with hardly any time", ["database", "redis", "identity"], 700],
    ...(isLong
      ? ([
          ["the database, with more time", ["database"], 4_000],
          ["Redis and the database", ["database", "redis"], 2_000],
          ["the identity provider", ["identity"], 1_500],
          ["Redis", ["redis"], 1_500],
          ["the database, as deployed", ["database"], 15_000],
        ] as const)
      : []),
  ];

  test.each(cases)("%s", async (_name, endpoints, timeoutMs) => {
    const subjects = await Promise.all(operations.map(() => createSubject(context)));
    const faulty = await startFaultyService(service, { timeoutMs });
    await Promise.all(endpoints.map((endpoint) => faulty.proxies[endpoint].set({ fault: "blackhole" })));
    const answers = await Promise.all(
      operations.map((operation, index) => {
        const request = operation.request(subjects[index] ?? never(), context);
        return faulty.call(request.method, request.path, {
          ...(request.body === undefined ? {} : { body: request.body }),
          ...(request.authorization === undefined ? {} : { authorization: request.authorization }),
        });
      }),
    );
    expect(faulty.overruns()).toBe(0);
    expect(answers.flatMap(problemFaults)).toEqual([]);
    const allowed = new Set(["dependency-unavailable", "outcome-unknown"]);
    const wrong = answers.filter(({ status, body }) => (status >= 300 ? !allowed.has(String(body?.code)) : endpoints.includes("database")));
    expect(wrong.map(({ status, text }) => `${status} ${text}`)).toEqual([]);
    await faulty.heal();
  });

  test("readiness, which names the silent dependencies", async () => {
    const faulty = await startFaultyService(service, { timeoutMs: 1_500 });
    await Promise.all(Object.values(faulty.proxies).map((proxy) => proxy.set({ fault: "blackhole" })));
    const { status, body } = await faulty.call("GET", "/readyz", { authorization: null });
    expect(faulty.overruns()).toBe(0);
    const failing = Object.entries(body.checks as Record<string, readonly { status: string }[]>).filter(([, parts]) => parts.some((part) => part.status === "fail"));
    expect([status, failing.map(([name]) => name).sort()]).toEqual([503, ["database", "jwks", "migrations", "redis", "signing-key"]]);
    await faulty.heal();
    await until("it is ready again", async () => {
      service.clock.advance(11);
      return (await faulty.call("GET", "/readyz", { authorization: null })).status === 200;
    });
  });
});

function never(): never {
  throw new Error("there is a subject for each operation");
}
