import { pathToFileURL } from "node:url";
import { createCredential } from "@licensing/core/access/credential.store.ts";
import { failureLimits } from "@licensing/core/http/limits.ts";
import { handler } from "@licensing/functions/access/list-credentials.ts";
import { startMachine } from "../../infra/local/machine/machine.ts";
import { gatewayEvent } from "../support/gateway-event.ts";
import { seededRandom } from "../support/random.ts";
import { cropped, sampleOf, welch } from "./welch.ts";

/** How long a refusal takes, in milliseconds, for one kind of client and for another, and Welch's t between them. */
export type BasicTiming = {
  readonly requests: number;
  readonly knownMs: number;
  readonly unknownMs: number;
  readonly t: number;
  /** The same over what is below the 95th percentile of both. */
  readonly tCropped: number;
};

const perWindow = Math.floor(failureLimits.client.quota * 0.4);

/**
 * Asks the handler with wrong secrets, for a client that exists and for one that doesn't, in random order. The clock moves
 * on before either is locked out, so that each request is looked up.
 */
export async function basicTiming({ requests, warmUp = 500 }: { readonly requests: number; readonly warmUp?: number }): Promise<BasicTiming> {
  const clock = { nowMs: Date.UTC(2026, 10, 23) };
  const machine = await startMachine({ file: null, now: () => new Date(clock.nowMs), print: () => undefined });
  try {
    const { credential } = await createCredential(machine.runtime, undefined, { name: "Timing", roles: ["licensing-service"] });
    const clients = { known: credential.clientId, unknown: `svc_${"x".repeat(credential.clientId.length - 4)}` };
    const times: Record<keyof typeof clients, number[]> = { known: [], unknown: [] };
    const { chance } = seededRandom(20_261_123);
    for (let turn = 0; turn < requests + warmUp; turn += 1) {
      if (turn % perWindow === 0) clock.nowMs += 3 * failureLimits.client.windowSeconds * 1_000;
      const order = chance(0.5) ? (["known", "unknown"] as const) : (["unknown", "known"] as const);
      for (const kind of order) {
        const authorization = `Basic ${Buffer.from(`${clients[kind]}:wrong secret ${turn}`).toString("base64")}`;
        const event = gatewayEvent({ routeKey: "GET /v1/credentials", headers: { authorization } });
        const startedMs = performance.now();
        const { statusCode } = await handler(event, {}, machine.runtime);
        const tookMs = performance.now() - startedMs;
        if (statusCode !== 401) throw new Error(`${kind}: ${statusCode}`);
        if (turn >= warmUp) times[kind].push(tookMs);
      }
    }
    const [known, unknown] = [sampleOf(times.known), sampleOf(times.unknown)];
    const [less, lessOther] = cropped(times.known, times.unknown, 0.95);
    return { requests, knownMs: known.mean, unknownMs: unknown.mean, t: welch(known, unknown), tCropped: welch(sampleOf(less), sampleOf(lessOther)) };
  } finally {
    await machine.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { requests, knownMs, unknownMs, t, tCropped } = await basicTiming({ requests: 5_000 });
  console.log(`Basic, wrong secret, 2 × ${requests} interleaved: a client that exists ${knownMs.toFixed(3)} ms, one that doesn't ${unknownMs.toFixed(3)} ms`);
  console.log(`Welch t = ${t.toFixed(2)}; below the 95th percentile ${tCropped.toFixed(2)} (a difference is seen beyond ±4.5)`);
}
