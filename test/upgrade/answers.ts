import { basePath } from "@licensing/core/http/address.ts";
import type { upstashSource } from "@licensing/core/consumer/upstash.ts";
import type { licenseGate } from "@licensing/core/consumer/gate.ts";
import type { RedisCommand } from "../../infra/local/redis/redis-backend.ts";
import { machine } from "./fill.ts";
import type { Call, Filled, Reply, Sent } from "./fill.ts";

/** A service's answers about one license, and its decisions for machines with and without a seat. */
export type LicenseAnswers = {
  readonly label: string;
  readonly license: Readonly<Record<string, unknown>>;
  readonly seats: readonly Readonly<Record<string, unknown>>[];
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly validations: Readonly<Record<string, unknown>>;
};

/** The decisions of a gate about one license: `allowed CODE`, by the question. */
export type Decisions = Readonly<Record<string, string>>;

export type Answers = {
  readonly licenses: readonly LicenseAnswers[];
  readonly policies: readonly Readonly<Record<string, unknown>>[];
  readonly keys: readonly Readonly<Record<string, unknown>>[];
  readonly published: readonly Readonly<Record<string, unknown>>[];
};

/** The answers of the former service, and the content of its stores outside of the database. */
export type Recorded = {
  readonly commit: string;
  /** The instant of the answers. */
  readonly at: string;
  readonly filled: readonly Filled[];
  readonly sent: readonly Sent[];
  readonly answers: Answers;
  /** By the gate's `onUnknown`, then by the license's label. */
  readonly decisions: Readonly<Record<OnUnknown, Readonly<Record<string, Decisions>>>>;
  /** The keys of Redis with the commands that write them. */
  readonly redis: readonly RedisCommand[];
  readonly publicKeys: string;
};

export type OnUnknown = "allow" | "deny";

/** Asks the service about every license and changes none. */
export async function readAnswers(call: Call, filled: readonly Filled[]): Promise<Answers> {
  const licenses: LicenseAnswers[] = [];
  for (const each of filled) {
    const at = `${basePath}/licenses/${each.id}`;
    licenses.push({
      label: each.label,
      validations: await validate(call, each),
      license: (await call("GET", at)).body,
      seats: await pages(call, `${at}/activations`),
      events: await pages(call, `${at}/events`),
    });
  }
  return {
    licenses,
    policies: await pages(call, `${basePath}/policies`),
    keys: (await call("GET", `${basePath}/keys`)).body.data,
    published: (JSON.parse((await call("GET", `${basePath}/.well-known/jwks.json`)).text) as { keys: [] }).keys,
  };
}

async function validate(call: Call, { id, key, label }: Filled): Promise<Readonly<Record<string, unknown>>> {
  const questions: Readonly<Record<string, object>> = {
    "by id": { licenseId: id },
    "by key": { key },
    "with a feature": { key, features: ["sso"] },
    "by a stranger": { key, fingerprint: machine(`stranger-to-${label}`), activate: false },
    ...Object.fromEntries((await pages(call, `${basePath}/licenses/${id}/activations`)).map(({ fingerprint }) => [`by ${String(fingerprint)}`, { key, fingerprint, activate: false }])),
  };
  const answers: [string, unknown][] = [];
  for (const [name, body] of Object.entries(questions)) {
    const { body: answer }: Reply = await call("POST", `${basePath}/licenses/validate`, { body });
    answers.push([name, { valid: answer.valid as unknown, code: answer.code as unknown, checks: answer.checks as unknown, seats: answer.seats as unknown, activation: answer.activation as unknown }]);
  }
  return Object.fromEntries(answers);
}

async function pages(call: Call, path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows: Readonly<Record<string, unknown>>[] = [];
  let cursor: string | null = null;
  do {
    const { body }: Reply = await call("GET", `${path}?limit=100${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
    rows.push(...(body.data as typeof rows));
    cursor = body.pagination.nextCursor as string | null;
  } while (cursor !== null);
  return rows;
}

/** A consumer's package, former or new. */
export type ConsumerPackage = { readonly licenseGate: typeof licenseGate; readonly upstashSource: typeof upstashSource };

export type Consuming = {
  readonly consumer: ConsumerPackage;
  readonly redis: { readonly url: string; readonly token: string };
  readonly publicKeys: string;
  readonly applicationSecret: string;
  readonly at: string;
  readonly onUnknown: OnUnknown;
};

/** Asks a gate of that package about every license: without a machine, for each that ever had a seat, and for a stranger. */
export async function decideAll(consuming: Consuming, answers: readonly LicenseAnswers[]): Promise<Record<string, Decisions>> {
  const { consumer, redis, publicKeys, applicationSecret, at, onUnknown } = consuming;
  const gate = consumer.licenseGate({
    source: consumer.upstashSource(redis),
    trust: { publicKeys },
    applicationSecret,
    audience: "licensing",
    issuer: "licensing",
    onUnknown,
    timeoutMs: 30_000,
    now: () => Date.parse(at),
  });
  const all: Record<string, Decisions> = {};
  for (const { label, license, seats } of answers) {
    const machines = [...new Set(seats.map(({ fingerprint }) => String(fingerprint))), machine(`stranger-to-${label}`)];
    const questions: [string, object][] = [["no machine", {}], ["sso", { features: ["sso"] }], ...machines.map((fingerprint): [string, object] => [fingerprint, { fingerprint }])];
    const decisions: [string, string][] = [];
    for (const [name, question] of questions) {
      const { allowed, code } = await gate.check(String(license["id"]), question);
      decisions.push([name, `${allowed ? "allowed" : "refused"} ${code}`]);
    }
    all[label] = Object.fromEntries(decisions);
  }
  gate.close();
  return all;
}
