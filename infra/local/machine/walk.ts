import { randomBytes } from "node:crypto";
import { styleText } from "node:util";
import { LicensingError } from "@licensing/core/client/client.ts";
import type { Client, Reply } from "@licensing/core/client/client.ts";
import type { Machine } from "./machine.ts";
import { createWalkClient, summaryOf } from "./walk-client.ts";
import type { WalkClient } from "./walk-client.ts";
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

type Walk = { readonly machine: Machine; readonly caller: WalkClient; readonly steps: Step[]; readonly report: boolean };

/** Shows the service's main job on the running service, over HTTP. Every step shows the answer and whether it is the expected one. */
export async function walk(machine: Machine, { report }: { readonly report: boolean }): Promise<readonly Step[]> {
  const token = await machine.issuer.mint({ sub: "walk", roles: ["licensing-admin"] });
  const trip: Walk = { machine, caller: createWalkClient(machine.origin, token), steps: [], report };
  try {
    await go(trip);
  } catch (error) {
    record(trip, { name: "walk", ok: false, status: 0, ms: 0, detail: error instanceof Error ? error.message : "failed" });
  }
  return trip.steps;
}

async function go(trip: Walk): Promise<void> {
  const tag = randomBytes(4).toString("hex");
  await take(trip, { name: "the service is ready", expect: 200 }, (client) => client.health.ready());
  await take(trip, { name: "create a policy: one year, two seats", expect: 201 }, (client) =>
    client.policies.create({ code: `walk-${tag}`, name: "Walk", duration: "P1Y", activationLimit: 2, features: { sso: true, seats: 2 } }),
  );
  const issued = await take(trip, { name: "issue a license from it", expect: 201 }, (client) =>
    client.licenses.issue({ policy: `walk-${tag}`, holder: { type: "organization", id: "acme" } }),
  );
  const licenseId = String(issued?.license.id);
  const machines = [`machine-a-${tag}`, `machine-b-${tag}`, `machine-c-${tag}`] as const;
  const activate = (fingerprint: string) => (client: Client) => client.activations.activate({ licenseId, fingerprint });
  await take(trip, { name: "the first machine claims a seat", expect: 201 }, activate(machines[0]));
  await take(trip, { name: "the second machine claims a seat", expect: 201 }, activate(machines[1]));
  await take(trip, { name: "the third machine is refused", expect: 409 }, activate(machines[2]));
  await take(trip, { name: "the first machine validates by key", expect: 200 }, (client) =>
    client.licenses.validate({ key: String(issued?.key), fingerprint: machines[0] }),
  );
  await showCertificate(trip, { licenseId, fingerprint: machines[0] });
}

async function showCertificate(trip: Walk, { licenseId, fingerprint }: { licenseId: string; fingerprint: string }): Promise<void> {
  const { machine } = trip;
  const text = await readFromRedis(trip, licenseId);
  const opened = await openOffline(machine, { text, licenseId });
  record(trip, {
    name: "verify and open it with the network switched off",
    ok: opened.ok && opened.networkCalls === 0,
    status: 200,
    ms: opened.ms,
    detail: opened.ok ? `status ${opened.status ?? ""}, sequence ${opened.sequence ?? 0}, by public key and application secret alone` : `refused: ${opened.reason ?? ""}`,
  });
  const receiver = await startReceiver();
  const webhook = await addWebhook(trip, receiver);
  const consumer = watchConsumer(machine, { licenseId, fingerprint });
  const before = await consumer.answer();
  record(trip, { name: "a consumer allows the machine", ok: before.startsWith("active"), status: 200, ms: 0, detail: before });
  const suspendedAtMs = performance.now();
  await take(trip, { name: "suspend the license", expect: 200 }, (client) =>
    client.licenses.suspend(licenseId, { reason: "shown in the walk" }),
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

type Webhook = Reply<"webhooksCreate">;

/** Only in local work a webhook may be on loopback; else this step is left out. */
async function addWebhook(trip: Walk, { url }: Receiver): Promise<Webhook | undefined> {
  if (trip.machine.runtime.config.stage !== "local") return undefined;
  return take(trip, { name: "add a webhook for suspensions", expect: 201 }, (client) => client.webhooks.create({ url, types: ["license.suspended"] }));
}

/** The suspension arrives at the webhook. Afterwards nobody listens there, so the webhook is deleted. */
async function showDelivery(trip: Walk, { receiver, webhook }: { readonly receiver: Receiver; readonly webhook: Webhook | undefined }): Promise<void> {
  if (webhook !== undefined) {
    const heardFromMs = performance.now();
    const heard = await receiver.first();
    const isGenuine = heard !== undefined && isSignedBy(String(webhook.secret), heard);
    const detail = heard === undefined ? "nothing came" : `${heard.body.length} bytes, ${isGenuine ? "signature verified" : "signature refused"}`;
    record(trip, { name: "the webhook receives the suspension", ok: isGenuine, status: 204, ms: round(performance.now() - heardFromMs), detail });
    await take(trip, { name: "delete the webhook", expect: 204 }, (client) => client.webhooks.delete(webhook.id));
  }
  receiver.close();
}

type Expectation = { readonly name: string; readonly expect: number };

/** Does one step and records it. Returns undefined if it was refused as expected; rejects if it ended otherwise than expected. */
async function take<Answer>(trip: Walk, { name, expect }: Expectation, send: (client: Client) => Promise<Answer>): Promise<Answer | undefined> {
  const startedAtMs = performance.now();
  const answer = await send(trip.caller.client).catch((error: unknown) => {
    if (error instanceof LicensingError && error.status !== undefined) return error;
    throw error;
  });
  const { request, status } = trip.caller.last();
  const ok = status === expect;
  const detail = ok ? summaryOf(answer) : `expected ${expect}: ${summaryOf(answer)}`;
  record(trip, { name, ok, status, ms: round(performance.now() - startedAtMs), request, detail });
  if (!ok) throw new Error(`${name}: answered ${status}`);
  return answer instanceof LicensingError ? undefined : answer;
}

function record(trip: Walk, step: Step): void {
  trip.steps.push(step);
  if (!trip.report) return;
  const mark = step.ok ? styleText("green", "✓") : styleText("red", "✗");
  process.stdout.write(`${mark} ${step.name.padEnd(50)} ${String(step.status).padStart(3)} ${step.ms.toFixed(1).padStart(8)} ms  ${step.detail}\n`);
}

/** The newest certificate, as a consumer reads it. */
async function readFromRedis(trip: Walk, licenseId: string): Promise<string> {
  const { environment, upstash } = trip.machine;
  const startedAtMs = performance.now();
  const body = JSON.stringify(["ZRANGE", `licensing:certificate:${licenseId}`, "-1", "-1"]);
  const authorization = `Bearer ${environment["APP_ENV_UPSTASH_REDIS_REST_TOKEN"] ?? ""}`;
  const response = await fetch(upstash.url, { method: "POST", headers: { authorization, "content-type": "application/json" }, body });
  const { result } = (await response.json()) as { readonly result?: readonly unknown[] };
  const text = String(result?.[0] ?? "");
  record(trip, { name: "read the certificate from Redis", ok: response.ok, status: response.status, ms: round(performance.now() - startedAtMs), request: "POST / ZRANGE", detail: `${text.length} characters` });
  return text;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
