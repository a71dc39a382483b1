import { sql } from "drizzle-orm";
import { basePath } from "@licensing/core/http/address.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { getCertificate } from "@licensing/core/publication/certificate.store.ts";
import { inspect } from "@licensing/core/publication/inspect.store.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { expireSweep } from "@licensing/core/lifecycle/expire.job.ts";
import { auditFaults, publicationFaults, seatFaults } from "../support/checkers.ts";
import { readAnswers } from "./answers.ts";
import { machine } from "./fill.ts";
import type { Upgraded } from "./upgraded.ts";

/** A guarantee of the upgrade. Answers its violations, a line each. */
export type Check = { readonly guarantee: string; readonly faults: (upgraded: Upgraded) => Promise<readonly string[]> };

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** In their order: first those that change nothing, then those that do, then those that move the clock. */
export const checks: readonly Check[] = [
  { guarantee: "the service is ready", faults: readinessFaults },
  { guarantee: "every license, seat, event, validation, policy and key is answered as before", faults: answerFaults },
  { guarantee: "every chain of events verifies, and seats agree with it", faults: chainFaults },
  { guarantee: "every license has a certificate of its newest change", faults: certificateFaults },
  { guarantee: "a request that was answered before is answered the same, and isn't carried out again", faults: replayFaults },
  { guarantee: "a holder and a machine that had a trial get no other one", faults: trialFaults },
  { guarantee: "leases lapse and licenses end at their time", faults: endFaults },
  { guarantee: "every license takes the changes that its state allows, and its chain goes on", faults: changeFaults },
  { guarantee: "the rotation of keys goes on, and every certificate is made anew by the next key", faults: rotationFaults },
];

async function readinessFaults({ call }: Upgraded): Promise<string[]> {
  const { status, text } = await call("GET", "/readyz", { statuses: [200, 503] });
  return status === 200 ? [] : [text];
}

async function answerFaults({ call, recorded }: Upgraded): Promise<string[]> {
  const { keys, ...answers } = recorded.answers;
  // A key's number of certificates says how far their publication is.
  const lasting = keys.map(({ certificates: _, ...key }) => key);
  return differences({ ...answers, keys: lasting }, await readAnswers(call, recorded.filled), "");
}

/** Sentences for people, and how far a publication is. */
const passing: readonly string[] = ["detail", "certificate"];

/** The paths of members that the former answer has otherwise. A newer answer may have more members. */
function differences(former: unknown, now: unknown, path: string): string[] {
  if (typeof former !== "object" || former === null) return Object.is(former, now) ? [] : [`${path}: ${JSON.stringify(former)} is now ${JSON.stringify(now)}`];
  if (typeof now !== "object" || now === null) return [`${path}: is now ${JSON.stringify(now)}`];
  if (Array.isArray(former) && former.length !== (now as unknown[]).length) return [`${path}: had ${former.length}, has ${(now as unknown[]).length}`];
  const lasting = Object.entries(former).filter(([name]) => !passing.includes(name));
  return lasting.flatMap(([name, value]) => {
    const answer = (now as Record<string, unknown>)[name];
    return name === "checks" ? differences(byCode(value), byCode(answer), `${path}/checks`) : differences(value, answer, `${path}/${name}`);
  });
}

/** The outcome of each check of a validation: a newer service makes more of them. */
function byCode(checks: unknown): Readonly<Record<string, boolean>> {
  return Object.fromEntries((checks as { readonly code: string; readonly ok: boolean }[]).map(({ code, ok }) => [code, ok]));
}

async function chainFaults({ owner, recorded, elapsed }: Upgraded): Promise<string[]> {
  return [...(await auditFaults(owner)), ...(await seatFaults(owner, new Date(Date.parse(recorded.at) + elapsed())))];
}

async function certificateFaults({ owner, machine: { runtime }, recorded }: Upgraded): Promise<string[]> {
  await reconcile(runtime);
  const [rows = []] = await owner.read(sql`select id::text as id, sequence::int as sequence from licensing."License"`);
  const sequences = new Map(rows.map((row) => [String(row["id"]), Number(row["sequence"])]));
  const faults: string[] = [];
  for (const { id, label } of recorded.filled) {
    const text = await getCertificate(redisOf(runtime), id);
    const held = text === undefined ? undefined : await inspect(text, { licenseId: id, runtime });
    if (held?.claims.license.sequence !== sequences.get(id)) faults.push(`${label} is certified at ${String(held?.claims.license.sequence)}, and is at ${String(sequences.get(id))}`);
  }
  return faults;
}

async function replayFaults({ call, owner, recorded }: Upgraded): Promise<string[]> {
  const faults: string[] = [];
  const events = async () => (await owner.read(sql`select count(*)::int as events from licensing."LicenseEvent"`))[0]?.[0]?.["events"];
  const before = await events();
  for (const { method, path, body, idempotencyKey, status, answer } of recorded.sent) {
    const again = await call(method, path, { body, headers: { "idempotency-key": idempotencyKey }, statuses: [200, 201, 409, 422] });
    if (again.status !== status) faults.push(`${idempotencyKey}: was ${status}, is ${again.status} ${again.text}`);
    faults.push(...differences(answer, again.body, `${idempotencyKey} ${path}`));
  }
  const after = await events();
  if (after !== before) faults.push(`${String(before)} events have become ${String(after)}`);
  return faults;
}

async function trialFaults({ call }: Upgraded): Promise<string[]> {
  const faults: string[] = [];
  const issue = (id: string) => call("POST", `${basePath}/licenses`, { body: { policy: "trial", holder: { type: "user", id } }, statuses: [201, 409] });
  for (const id of ["grace", "ada", "mary"]) {
    const { status, body } = await issue(id);
    if (status !== 409 || body.code !== "trial-already-used") faults.push(`${id} is given another trial: ${status}`);
  }
  const { status, body } = await issue("somebody-new");
  if (status !== 201) return [...faults, `somebody new is given no trial: ${status}`];
  const seat = (name: string) => call("POST", `${basePath}/activations`, { body: { licenseId: body.license.id as string, fingerprint: machine(name) }, statuses: [201, 409] });
  for (const name of ["trial-over", "trial"]) if ((await seat(name)).status !== 409) faults.push(`the machine ${name} has another trial`);
  if ((await seat("new")).status !== 201) faults.push("a new machine has no trial");
  return faults;
}

async function changeFaults(upgraded: Upgraded): Promise<string[]> {
  const { call, recorded } = upgraded;
  const faults: string[] = [];
  for (const { label, id } of recorded.filled) {
    const at = `${basePath}/licenses/${id}`;
    const before = (await call("GET", at)).body as { status: string };
    const verbs = { REVOKED: [], SUSPENDED: ["reinstate"] }[before.status] ?? ["suspend", "reinstate", "release-seats"];
    for (const verb of verbs) {
      const { status, text } = await call("POST", `${at}/${verb}`, { body: { reason: "after the upgrade" }, statuses: [200, 409] });
      if (status !== 200) faults.push(`${label} (${before.status}): ${verb} is answered ${text}`);
    }
    const patched = await call("PATCH", at, { body: { metadata: { upgraded: true } }, statuses: [200, 409] });
    if ((patched.status === 200) !== (before.status !== "REVOKED")) faults.push(`${label}: PATCH is answered ${patched.status}`);
  }
  return [...faults, ...(await chainFaults(upgraded)), ...(await certificateFaults(upgraded))];
}

async function endFaults(upgraded: Upgraded): Promise<string[]> {
  const { call, recorded, elapse, machine: { runtime } } = upgraded;
  const faults: string[] = [];
  elapse(2 * hourMs);
  await expireSweep(runtime);
  for (const { label, id } of recorded.filled) {
    const { body } = await call("POST", `${basePath}/licenses/validate`, { body: { licenseId: id } });
    if (label === "ends-in-an-hour" && body.code !== "EXPIRED") faults.push(`${label}: ${String(body.code)}`);
    if (["lapsed", "leased", "leases-full"].includes(label) && body.seats.used !== 0) faults.push(`${label}: ${String(body.seats.used)} seats are held`);
  }
  return [...faults, ...(await chainFaults(upgraded))];
}

async function rotationFaults({ call, recorded, elapse, machine: { runtime } }: Upgraded): Promise<string[]> {
  const states = async () => ((await call("GET", `${basePath}/keys`)).body.data as { kid: string; state: string }[]).map(({ state }) => state).sort();
  const faults: string[] = [];
  const before = await states();
  for (const days of [2, 4, 6]) {
    elapse(days * dayMs);
    await reconcile(runtime);
    await call("POST", `${basePath}/keys/check`, { body: {} });
  }
  const after = await states();
  if (before.join() !== "active,compromised,pending,retired,retiring") faults.push(`the ring was ${before.join()}`);
  if (after.join() !== "active,compromised,retired,retired,retired") faults.push(`the ring is ${after.join()}`);
  await reconcile(runtime);
  const [active] = ((await call("GET", `${basePath}/keys`)).body.data as { kid: string; state: string }[]).filter(({ state }) => state === "active");
  if (active?.kid !== recorded.answers.keys.find(({ state }) => state === "pending")?.["kid"]) faults.push("the pending key isn't the active one");
  for (const { id, label } of recorded.filled) {
    const text = await getCertificate(redisOf(runtime), id);
    const held = text === undefined ? undefined : await inspect(text, { licenseId: id, runtime });
    if (held?.kid !== active?.kid) faults.push(`${label} has no certificate by the active key`);
  }
  return [...faults, ...(await publicationFaults(runtime, recorded.filled.map(({ id }) => id)))];
}
