import { createPublicKey, verify } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, test, vi } from "vitest";
import { deliverWebhooks } from "@licensing/core/webhook/deliver.job.ts";
import { base, startService } from "../support/service.ts";

/** Deliveries around a rotation, as receivers that change their secret at any moment verify them. */
const start = new Date(Math.floor(Date.now() / 1000) * 1000);
const hour = 3600;
const overlapHours = 24;
const service = await startService({ now: start.toISOString() });
const { clock, runtime } = service;
const all = `${base}/webhooks`;

type Keys = { readonly secret: string; readonly publicKey: string };
type Arrived = { readonly at: Date; readonly headers: Readonly<Record<string, string>>; readonly body: string };
type Send = NonNullable<Parameters<typeof deliverWebhooks>[1]>["send"];

const confirmed = { status: 204, durationMs: 0, error: null, retryAfterSeconds: null };

async function add(): Promise<Keys & { readonly at: string }> {
  const { body } = await service.call("POST", all, { body: { url: "http://127.0.0.1:9/hook", signatures: ["v1", "v1a"] } });
  return { at: `${all}/${body.id}`, secret: body.secret, publicKey: body.publicKey };
}

async function rotate(at: string): Promise<Keys> {
  const { body } = await service.call("POST", `${at}/rotate-secret`, { body: {} });
  return { secret: body.secret, publicKey: body.publicKey };
}

/** Sends one delivery of the webhook now. */
async function send(at: string): Promise<Arrived> {
  const sent: Arrived[] = [];
  expect((await service.call("POST", `${at}/test`, { body: {} })).status).toBe(202);
  await deliverWebhooks(runtime, { send: async ({ headers, body }) => (sent.push({ at: clock.now(), headers, body }), confirmed) });
  const [arrived, ...others] = sent;
  if (arrived === undefined || others.length > 0) throw new Error(`${sent.length} deliveries`);
  return arrived;
}

/** Whether the receiver's library accepts the delivery when it arrives. */
function verifiesSecret({ secret }: Keys, { at, headers, body }: Arrived): boolean {
  vi.useFakeTimers({ now: at, toFake: ["Date"] });
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  } finally {
    vi.useRealTimers();
  }
}

function verifiesPublicKey({ publicKey }: Keys, { headers, body }: Arrived): boolean {
  const x = Buffer.from(publicKey.slice("whpk_".length), "base64").toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const signed = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
  return (headers["webhook-signature"] ?? "").split(" ").some((text) => text.startsWith("v1a,") && verify(null, signed, key, Buffer.from(text.slice(4), "base64")));
}

const verifies = (keys: Keys, arrived: Arrived) => verifiesSecret(keys, arrived) && verifiesPublicKey(keys, arrived);
const hoursAfter = (hours: number) => new Date(start.getTime() + hours * hour * 1000);

test("every delivery verifies at a receiver that changes its keys at any hour of the overlap", async () => {
  clock.set(start);
  const former = await add();
  clock.set(hoursAfter(1));
  const arrived = [await send(former.at)];
  const next = await rotate(former.at);
  for (const hours of [1, 1.5, 2, 7, 13, 19, 24.5, 1 + overlapHours - 0.001, 1 + overlapHours, 26, 30]) {
    clock.set(hoursAfter(hours));
    arrived.push(await send(former.at));
  }
  const changes = Array.from({ length: overlapHours * 2 + 1 }, (_, half) => hoursAfter(1 + half / 2));
  for (const change of changes) {
    // The first delivery was sent before the rotation, in the same moment.
    const refused = arrived.filter((each, index) => !verifies(index > 0 && each.at >= change ? next : former, each));
    expect(refused.map(({ at }) => at.toISOString())).toEqual([]);
  }
  // Controls: neither key is always enough, so the overlap is.
  expect(verifies(next, arrived[0] as Arrived)).toBe(false);
  expect(verifies(former, arrived.at(-1) as Arrived)).toBe(false);
});

test("keys that are rotated again within the overlap verify until its end, the last three beside the newest", async () => {
  clock.set(start);
  const first = await add();
  const keys: Keys[] = [first];
  for (const hours of [1, 8, 16]) {
    clock.set(hoursAfter(hours));
    keys.push(await rotate(first.at));
  }
  clock.set(hoursAfter(1 + overlapHours - 0.001));
  const within = await send(first.at);
  expect(keys.map((each) => verifies(each, within))).toEqual([true, true, true, true]);
  keys.push(await rotate(first.at));
  const bounded = await send(first.at);
  expect(keys.map((each) => verifies(each, bounded))).toEqual([false, true, true, true, true]);
  clock.set(hoursAfter(1 + 2 * overlapHours));
  const after = await send(first.at);
  expect(keys.map((each) => verifies(each, after))).toEqual([false, false, false, false, true]);
});

describe("a delivery that was under way when its keys were rotated", () => {
  test("is refused by a receiver that has changed already, and verifies at its next attempt", async () => {
    clock.set(start);
    const former = await add();
    await service.call("POST", `${former.at}/test`, { body: {} });
    const attempts: Arrived[] = [];
    const changed: Keys[] = [];
    const receive: Send = async ({ headers, body }) => {
      changed.push(...(changed.length === 0 ? [await rotate(former.at)] : []));
      const arrived = { at: clock.now(), headers, body };
      attempts.push(arrived);
      return { ...confirmed, status: changed.every((keys) => verifies(keys, arrived)) ? 204 : 401 };
    };
    expect(await deliverWebhooks(runtime, { send: receive })).toMatchObject({ delivered: 0, failed: 1 });
    clock.advance(60);
    expect(await deliverWebhooks(runtime, { send: receive })).toMatchObject({ delivered: 1, failed: 0 });
    const [one, two] = attempts;
    expect([two?.headers["webhook-id"], two?.body]).toEqual([one?.headers["webhook-id"], one?.body]);
  });
});
