import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { startGateway } from "../../infra/local/lambda/gateway.ts";
import type { Invoke } from "../../infra/local/lambda/gateway.ts";
import { invokeInProcess } from "../../infra/local/lambda/in-process.ts";
import { routes } from "../../infra/routes.ts";
import { startFaultProxy } from "./fault-proxy.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import { patientRuntime } from "./patient-runtime.ts";
import { createCall } from "./service.ts";
import type { Answer, CallOptions, Service } from "./service.ts";
import { patient } from "./slowness.ts";
import { whenDone } from "./when-done.ts";

export type Endpoint = "database" | "redis" | "identity";

export type FaultyService = {
  readonly runtime: Runtime;
  readonly proxies: Readonly<Record<Endpoint, FaultProxy>>;
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  /** The number of calls that outlived their function's time. */
  readonly overruns: () => number;
  readonly printed: readonly string[];
  readonly heal: () => Promise<void>;
};

export type FaultyOptions = {
  /** The function's own timeout on a quiet machine. */
  readonly timeoutMs: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
};

/**
 * The equivalent of another process of a running service: a runtime of its own with cold caches, behind a gateway of its own, which
 * reaches the same database, Redis and identity provider through proxies that fail on demand.
 */
export async function startFaultyService(service: Service, { timeoutMs, environment = {} }: FaultyOptions): Promise<FaultyService> {
  const proxies = {
    database: await startFaultProxy(service.neon.port),
    redis: await startFaultProxy(service.upstash.port),
    identity: await startFaultProxy(portOf(service.issuer.jwksUrl)),
  };
  const printed: string[] = [];
  const runtime = patientRuntime(createRuntime({
    environment: { ...throughProxies(service.environment, proxies), ...environment },
    now: service.clock.now,
    print: (line) => printed.push(line),
  }));
  const watch = watched(invokeInProcess(runtime), patient(timeoutMs));
  const gateway = await startGateway({ routes, invoke: watch.invoke, port: 0 });
  whenDone(async () => {
    await gateway.close();
    runtime.transport.close();
    await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
  });
  return {
    runtime,
    proxies,
    printed,
    call: createCall(gateway.origin, () => service.token("admin")),
    overruns: watch.overruns,
    heal: async () => void (await Promise.all(Object.values(proxies).map((proxy) => proxy.heal()))),
  };
}

function throughProxies(environment: Readonly<Record<string, string>>, proxies: Readonly<Record<Endpoint, FaultProxy>>): Record<string, string> {
  return {
    ...environment,
    APP_ENV_DATABASE_URL: withPort(environment["APP_ENV_DATABASE_URL"], proxies.database),
    APP_ENV_UPSTASH_REDIS_REST_URL: withPort(environment["APP_ENV_UPSTASH_REDIS_REST_URL"], proxies.redis),
    APP_ENV_IDENTITY_JWKS_URL: withPort(environment["APP_ENV_IDENTITY_JWKS_URL"], proxies.identity),
  };
}

function withPort(address: string | undefined, { port }: FaultProxy): string {
  return (address ?? "").replace(/127\.0\.0\.1:[0-9]+/, `127.0.0.1:${port}`);
}

function portOf(address: string): number {
  return Number(new URL(address).port);
}

/** A busy machine's allowance for an answer that the function made in time. A call without a deadline takes seconds more. */
const slackMs = 2_000;
const tickMs = 50;

/** Calls `run` after that many milliseconds of this process's running. A time in which the machine stood still counts as one tick. Returns a function that prevents it. */
function afterRunning(ms: number, run: () => void): () => void {
  let leftMs = ms;
  const timer = setInterval(() => {
    leftMs -= tickMs;
    if (leftMs > 0) return;
    clearInterval(timer);
    run();
  }, tickMs);
  return () => clearInterval(timer);
}

/** The platform: it gives the function its remaining time, and counts overruns. */
function watched(invoke: Invoke, timeoutMs: number): { readonly invoke: Invoke; readonly overruns: () => number } {
  let overruns = 0;
  return {
    overruns: () => overruns,
    invoke: (route, event) => {
      const ended = new Promise<Awaited<ReturnType<Invoke>>>((resolve) => {
        const stopCounting = afterRunning(timeoutMs + patient(slackMs), () => {
          overruns += 1;
          resolve({ statusCode: 503, body: '{"message":"Service Unavailable"}' });
        });
        void invoke(route, event, timeoutMs).then((reply) => {
          stopCounting();
          resolve(reply);
        });
      });
      return ended;
    },
  };
}
