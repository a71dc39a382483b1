import { describe, expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { startService } from "../support/service.ts";
import type { Answer, Service } from "../support/service.ts";
import { evidence, told, trailFaults } from "../support/witness.ts";
import { isEverBroken } from "./unlocked.ts";

const start = "2027-01-31T10:00:00.000Z";
const service = await startService({ now: start });
/** The control: the same service, whose guards compare neither the sequence nor the revision. */
const unguarded = await startService({ now: start, rewriteSql: (query) => query.replaceAll(/l\.(sequence|revision) = \$(\d+)/g, "l.$1 >= 0 * $$$2::int") });

const copies = 50;
const monthly = { duration: "P1M", renewalBasis: "from-expiry" };

async function race(of: Service, headersOf: (copy: number) => Readonly<Record<string, string>>) {
  const license = await issueLicense(of, await createPolicy(of, monthly));
  const answers = await Promise.all(Array.from({ length: copies }, (_, copy) => of.call("POST", `${license.at}/renew`, { headers: headersOf(copy) })));
  return { license, answers, found: await evidence(of, license.licenseId) };
}

const statusesOf = (answers: readonly Answer[]) => {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) counts[`${status} ${body.code ?? ""}`.trim()] = (counts[`${status} ${body.code ?? ""}`.trim()] ?? 0) + 1;
  return counts;
};

describe(`${copies} renewals at once`, () => {
  test("with one Idempotency-Key extend once, and all get the same answer", async () => {
    const { license, answers, found } = await race(service, () => ({ "idempotency-key": "renew-this-once" }));
    expect(statusesOf(answers)).toEqual({ 200: copies });
    expect(new Set(answers.map(({ body }) => JSON.stringify(body.license))).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get("idempotent-replayed") === "true")).toHaveLength(copies - 1);
    expect((await service.call("GET", license.at)).body.expiresAt).toBe("2027-03-31T10:00:00.000Z");
    expect(told(found.events)).toEqual(["created", "renewed"]);
    expect(trailFaults(found)).toEqual([]);
  });

  test("with If-Match and no key extend once, and the others get sequence-mismatch", async () => {
    const { license, answers, found } = await race(service, () => ({ "if-match": '"1"' }));
    expect(statusesOf(answers)).toEqual({ 200: 1, "412 sequence-mismatch": copies - 1 });
    expect((await service.call("GET", license.at)).body.expiresAt).toBe("2027-03-31T10:00:00.000Z");
    expect(told(found.events)).toEqual(["created", "renewed"]);
  });

  test("with a key and If-Match extend once, and the copies are replays, not mismatches", async () => {
    const { answers, found } = await race(service, () => ({ "if-match": '"1"', "idempotency-key": "renew-with-both" }));
    expect(statusesOf(answers)).toEqual({ 200: copies });
    expect(told(found.events)).toEqual(["created", "renewed"]);
  });

  test("with neither extend once for each that succeeds, and the others are told to repeat the call", async () => {
    const { license, answers, found } = await race(service, () => ({}));
    const counts = statusesOf(answers);
    const succeeded = counts["200"] ?? 0;
    expect(succeeded + (counts["503 license-contended"] ?? 0)).toBe(copies);
    expect(succeeded).toBeGreaterThan(0);
    expect(found.events).toHaveLength(1 + succeeded);
    const expires = new Date((await service.call("GET", license.at)).body.expiresAt);
    const monthsFromIssue = (expires.getUTCFullYear() - 2027) * 12 + expires.getUTCMonth();
    expect(monthsFromIssue).toBe(1 + succeeded);
    expect(trailFaults(found)).toEqual([]);
    for (const { status, headers } of answers) if (status === 503) expect(headers.get("retry-after")).toBe("1");
  });

  test("(control) with If-Match extend more than once if the guard compares neither sequence nor revision", async () => {
    const succeeded = async () => statusesOf((await race(unguarded, () => ({ "if-match": '"1"' }))).answers)["200"] ?? 0;
    expect(await isEverBroken(async () => (await succeeded()) > 1)).toBe(true);
  });
});

test("different verbs at once leave one order of events that explains every answer", async () => {
  const license = await issueLicense(service, await createPolicy(service, monthly));
  const verbs = ["suspend", "reinstate", "renew", "rotate-key"];
  const answers = await Promise.all(Array.from({ length: 40 }, (_, turn) => service.call("POST", `${license.at}/${verbs[turn % 4]}`)));
  const found = await evidence(service, license.licenseId);
  expect(trailFaults(found)).toEqual([]);
  expect(found.events).toHaveLength(1 + answers.filter(({ status }) => status === 200).length);
  let suspended = false;
  for (const { type } of found.events) {
    if (type === "suspended" || type === "reinstated") {
      expect(suspended).toBe(type === "reinstated");
      suspended = type === "suspended";
    }
  }
  expect(found.row["status"]).toBe(suspended ? "SUSPENDED" : "ACTIVATED");
  // Every answer shows the license right after its own event.
  for (const { status, body, headers } of answers) {
    if (status === 200) expect(found.events[body.license.sequence - 1]?.request_id).toBe(headers.get("x-request-id"));
  }
});
