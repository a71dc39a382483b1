import { randomBytes } from "node:crypto";
import { styleText } from "node:util";
import { basePath } from "@licensing/core/http/address.ts";
import type { Machine } from "./machine.ts";
import { createClient } from "./walk-client.ts";
import type { Client, WalkAnswer } from "./walk-client.ts";
import { openOffline } from "./walk-offline.ts";
import { isSignedBy, startReceiver } from "./walk-webhook.ts";
import type { Receiver } from "./walk-webhook.ts";
import { watchConsumer } from "./walk-consumer.ts";

/** One step of the demonstration: a request to the running service and its answer. */
export type Step = {
  readonly name: string;
  readonly ok: boolean;
  /** HTTP status. */
  readonly status: number;
  readonly ms: number;
  readonly request?: string;
  readonly detail: string;
};

type Walk = { readonly machine: Machine; readonly client: Client; readonly steps: Step[]; readonly report: boolean };

/** Shows the service's main job on the running service, over HTTP. Every step shows the answer and whether it is the expected one. */
export async function walk(machine: Machine, { report }: { readonly report: boolean }): Promise<readonly Step[]> {
  const token = await machine.issuer.mint({ sub: "walk", roles: ["licensing-admin"] });
  const trip: Walk = { machine, client: createClient(machine.origin, token), steps: [], report };
  try {
    await go(trip);
  } catch (error) {
    record(trip, { name: "walk", ok: false, status: 0, ms: 0, detail: error instanceof Error ? error.message : "failed" });
  }
  return trip.steps;
}

async function go(trip: Walk): Promise<void> {
  const tag = randomBytes(4).toString("hex");
  await take(trip, { name: "the service is ready", expect: 200 }, () => trip.client("GET", "/readyz"));
  await take(trip, { name: "create a policy: one year, two seats", expect: 201 }, () =>
    trip.client("POST", `${basePath}/policies`, {
      code: `walk-${tag}`, name: "Walk", duration: "P1Y", activationLimit: 2, features: { sso: true, seats: 2 },
    }),
  );
  const issued = await take(trip, { name: "issue a license from it", expect: 201 }, () =>
    trip.client("POST", `${basePath}/licenses`, { policy: `walk-${tag}`, holder: { type: "organization", id: "acme" } }),
  );
  const licenseId = String(issued.body?.license?.id);
  const machines = [`machine-a-${tag}`, `machine-b-${tag}`, `machine-c-${tag}`] as const;
  const activate = (fingerprint: string) => trip.client("POST", `${basePath}/activations`, { licenseId, fingerprint });
  await take(trip, { name: "the first machine claims a seat", expect: 201 }, () => activate(machines[0]));
  await take(trip, { name: "the second machine claims a seat", expect: 201 }, () => activate(machines[1]));
  await take(trip, { name: "the third machine is refused", expect: 409 }, () => activate(machines[2]));
  await take(trip, { name: "the first machine validates by key", expect: 200 }, () =>
    trip.client("POST", `${basePath}/licenses/validate`, { key: issued.body?.key, fingerprint: machines[0] }),
  );
  await showCertificate(trip, { licenseId, fingerprint: machines[0] });
}

async function showCertificate(trip: Walk, { licenseId, fingerprint }: { licenseId: string; fingerprint: string }): Promise<void> {
  const { machine, client } = trip;
  const read = await take(trip, { name: "read the certificate from Redis", expect: 200 }, () => readFromRedis(machine, licenseId));
  const text = String((read.body?.result as unknown[] | undefined)?.[0] ?? "");
  const opened = await openOffline(machine, { text, licenseId });
  record(trip, {
    name: "verify and open it with the network switched off",
    ok: opened.ok && opened.networkCalls === 0,
    status: read.status,
    ms: opened.ms,
    detail: opened.ok ? `status ${opened.status ?? ""}, sequence ${opened.sequence ?? 0}, by public key and application secret alone` : `refused: ${opened.reason ?? ""}`,
  });
  const receiver = await startReceiver();
  const webhook = await addWebhook(trip, receiver);
  const consumer = watchConsumer(machine, { licenseId, fingerprint });
  const before = await consumer.answer();
  record(trip, { name: "a consumer allows the machine", ok: before.startsWith("active"), status: 200, ms: 0, detail: before });
  const suspendedAtMs = performance.now();
  await take(trip, { name: "suspend the license", expect: 200 }, () =>
    client("POST", `${basePath}/licenses/${licenseId}/suspend`, { reason: "shown in the walk" }),
  );
  const after = await consumer.until("denied");
  record(trip, {
    name: "the consumer's answer changes",
    ok: after.startsWith("denied"),
    status: 200,
    ms: round(performance.now() - suspendedAtMs),
    detail: `${before} → ${after}, without a call to the service`,
  });
  consumer.close();
  await showDelivery(trip, { receiver, webhook });
}

/** Only in local work a webhook may be on loopback; else this step is left out. */
async function addWebhook(trip: Walk, { url }: Receiver): Promise<WalkAnswer["body"]> {
  if (trip.machine.runtime.config.stage !== "local") return undefined;
  const added = await take(trip, { name: "add a webhook for suspensions", expect: 201 }, () =>
    trip.client("POST", `${basePath}/webhooks`, { url, types: ["license.suspended"] }),
  );
  return added.body;
}

/** The suspension arrives at the webhook. Afterwards nobody listens there, so the webhook is deleted. */
async function showDelivery(trip: Walk, { receiver, webhook }: { readonly receiver: Receiver; readonly webhook: WalkAnswer["body"] }): Promise<void> {
  if (webhook !== undefined) {
    const heardFromMs = performance.now();
    const heard = await receiver.first();
    const isGenuine = heard !== undefined && isSignedBy(String(webhook["secret"]), heard);
    const detail = heard === undefined ? "nothing came" : `${heard.body.length} bytes, ${isGenuine ? "signature verified" : "signature refused"}`;
    record(trip, { name: "the webhook hears of the suspension", ok: isGenuine, status: 204, ms: round(performance.now() - heardFromMs), detail });
    await take(trip, { name: "delete the webhook", expect: 204 }, () => trip.client("DELETE", `${basePath}/webhooks/${String(webhook["id"])}`));
  }
  receiver.close();
}

type Expectation = { readonly name: string; readonly expect: number };

async function take(trip: Walk, { name, expect }: Expectation, send: () => Promise<WalkAnswer>): Promise<WalkAnswer> {
  const startedAtMs = performance.now();
  const answer = await send();
  const ok = answer.status === expect;
  const detail = ok ? answer.summary : `expected ${expect}: ${answer.summary}`;
  record(trip, { name, ok, status: answer.status, ms: round(performance.now() - startedAtMs), request: answer.request, detail });
  if (!ok) throw new Error(`${name}: answered ${answer.status}`);
  return answer;
}

function record(trip: Walk, step: Step): void {
  trip.steps.push(step);
  if (!trip.report) return;
  const mark = step.ok ? styleText("green", "✓") : styleText("red", "✗");
  process.stdout.write(`${mark} ${step.name.padEnd(50)} ${String(step.status).padStart(3)} ${step.ms.toFixed(1).padStart(8)} ms  ${step.detail}\n`);
}

async function readFromRedis(machine: Machine, licenseId: string): Promise<WalkAnswer> {
  const token = machine.environment["APP_ENV_UPSTASH_REDIS_REST_TOKEN"] ?? "";
  const response = await fetch(machine.upstash.url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(["ZRANGE", `licensing:certificate:${licenseId}`, "-1", "-1"]),
  });
  const body = (await response.json()) as WalkAnswer["body"];
  const length = String((body?.result as unknown[] | undefined)?.[0] ?? "").length;
  return { status: response.status, body, request: "POST / ZRANGE", summary: `${length} characters` };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
