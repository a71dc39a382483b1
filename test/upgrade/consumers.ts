import { pathToFileURL } from "node:url";
import * as gate from "@licensing/core/consumer/gate.ts";
import * as upstash from "@licensing/core/consumer/upstash.ts";
import { createStore } from "../../infra/local/redis/store.ts";
import { startUpstash } from "../../infra/local/redis/upstash.ts";
import { whenDone } from "../support/when-done.ts";
import { decideAll } from "./answers.ts";
import type { ConsumerPackage, Decisions, OnUnknown } from "./answers.ts";
import type { Check } from "./checks.ts";
import { unpackFile } from "./fixture.ts";
import type { Upgraded } from "./upgraded.ts";

/** The order of core/consumer/README.md, "Updating", and its reverse. Each asks by the former package's own code, or by this one's. */
export const consumerChecks: readonly Check[] = [
  { guarantee: "a consumer that was updated first decides by the former certificates as before", faults: async (upgraded) => changed(upgraded, { by: updated, from: await formerRedis(upgraded) }) },
  { guarantee: "an updated consumer decides by the new service's certificates as before", faults: (upgraded) => changed(upgraded, { by: updated, from: redisOf(upgraded) }) },
  { guarantee: "a former consumer whose service was updated first lets in nobody who wasn't, if it denies what it doesn't know", faults: admittedByDenying },
  { guarantee: "a former consumer whose service was updated first, and that allows what it doesn't know, lets in machines without a seat, and nobody else who wasn't", faults: admittedByAllowing },
];

const updated: ConsumerPackage = { licenseGate: gate.licenseGate, upstashSource: upstash.upstashSource };

async function former(): Promise<ConsumerPackage> {
  return (await import(pathToFileURL(unpackFile("former-consumer.mjs")).href)) as ConsumerPackage;
}

type Redis = { readonly url: string; readonly token: string };
type Asking = { readonly by: ConsumerPackage; readonly from: Redis };

function redisOf({ machine }: Upgraded): Redis {
  return { url: machine.upstash.url, token: machine.environment["APP_ENV_UPSTASH_REDIS_REST_TOKEN"] ?? "" };
}

/** A Redis as the former service left it. */
async function formerRedis({ recorded }: Upgraded): Promise<Redis> {
  const backend = createStore({ now: () => Date.parse(recorded.at) });
  await backend.run(recorded.redis, { atomic: false });
  const served = await startUpstash({ backend, token: "former", port: 0 });
  whenDone(() => served.close());
  return { url: served.url, token: "former" };
}

function decide({ recorded, applicationSecret }: Upgraded, { by, from }: Asking, onUnknown: OnUnknown): Promise<Record<string, Decisions>> {
  return decideAll({ consumer: by, redis: from, publicKeys: recorded.publicKeys, applicationSecret, at: recorded.at, onUnknown }, recorded.answers.licenses);
}

type Difference = { readonly question: string; readonly before: string; readonly now: string };

async function differences(upgraded: Upgraded, asking: Asking, onUnknown: OnUnknown): Promise<Difference[]> {
  const all = await decide(upgraded, asking, onUnknown);
  return Object.entries(upgraded.recorded.decisions[onUnknown]).flatMap(([label, decisions]) =>
    Object.entries(decisions).flatMap(([machine, before]) => {
      const now = all[label]?.[machine] ?? "no decision";
      return now === before ? [] : [{ question: `${label}, ${machine}`, before, now }];
    }),
  );
}

async function changed(upgraded: Upgraded, asking: Asking): Promise<string[]> {
  const found = [...(await differences(upgraded, asking, "allow")), ...(await differences(upgraded, asking, "deny"))];
  return found.map(told);
}

const told = ({ question, before, now }: Difference): string => `${question}: was ${before}, is ${now}`;

/** The questions of the former consumer that the new service's certificates let it answer otherwise. */
async function serviceFirst(upgraded: Upgraded, onUnknown: OnUnknown): Promise<Difference[]> {
  return differences(upgraded, { by: await former(), from: redisOf(upgraded) }, onUnknown);
}

/** This order is safe, but not without harm: a machine that has a seat is refused, which the README says. */
async function admittedByDenying(upgraded: Upgraded): Promise<string[]> {
  const found = await serviceFirst(upgraded, "deny");
  return found.filter(({ now }) => now !== "refused SEATS_NOT_LISTED").map(told);
}

async function admittedByAllowing(upgraded: Upgraded): Promise<string[]> {
  const found = await serviceFirst(upgraded, "allow");
  if (!upgraded.keepsRedis && found.every(({ before }) => before.startsWith("allowed"))) return ["no machine without a seat is let in, against the README"];
  return found.filter(({ before, now }) => now !== "allowed SEATS_NOT_LISTED" || !/^allowed|^refused NOT_ACTIVATED$/.test(before)).map(told);
}
