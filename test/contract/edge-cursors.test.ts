import { expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";

/** Every list, each with more than one row; a list within a license comes twice, for two licenses. */
const service = await startService({ now: "2026-11-23T12:00:00.000Z" });
const { call } = service;
const [policy, other] = [await createPolicy(service, { meters: { calls: { limit: null, period: "P1M" } } }), await createPolicy(service)];
const [first, second] = [await issueLicense(service, policy), await issueLicense(service, policy)];
for (const { licenseId, at } of [first, second]) {
  await call("POST", `${at}/usage`, { body: { meter: "calls" } });
  for (const fingerprint of ["machine-0001", "machine-0002"]) await call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });
}
for (const holder of ["ada", "eve"]) await issueLicense(service, other, { holder: { type: "user", id: holder } });
for (const name of ["one", "two"]) await call("POST", `${base}/credentials`, { body: { name, roles: ["licensing-service"] } });

type Question = readonly [name: string, method: "GET" | "POST", path: string];
const lists: readonly Question[] = [
  ...["policies", "licenses", "activations", "license-events", "usage", "credentials", "policy-definitions"].map((name): Question => [name, "GET", `${base}/${name}`]),
  ...[first, second].flatMap(({ at }, index): readonly Question[] => [
    [`the activations of license ${index}`, "GET", `${at}/activations`],
    [`the events of license ${index}`, "GET", `${at}/events`],
  ]),
  ...[policy, other].map((id, index): Question => [`the licenses that policy ${index} is applied to`, "POST", `${base}/policies/${id}/apply`]),
];

async function cursorOf([, method, path]: Question): Promise<string> {
  const { body } = await call(method, `${path}?limit=1`);
  return String(body.pagination?.nextCursor ?? body.nextCursor);
}
const cursors = new Map<string, string>();
for (const list of lists) cursors.set(list[0], await cursorOf(list));

test.each(lists)("a cursor of %s is refused by every other list", async (name, method, path) => {
  expect((await call(method, `${path}?cursor=${cursors.get(name)}`)).status).toBe(200);
  for (const [from, cursor] of cursors) {
    if (from === name) continue;
    const answer = await call(method, `${path}?cursor=${cursor}`);
    expect([from, answer.status, answer.body.code, answer.body.errors]).toEqual([
      from, 400, "malformed-request", [{ pointer: "/query/cursor", detail: "is not a cursor of this list" }],
    ]);
  }
});

const impossible = [
  "0000-01-01T00:00:00.000Z", "2027-02-30T00:00:00.000Z", "calls\u0000", "calls\ud800", "9223372036854775808", "-1", "", "x".repeat(600), 1e300, -1, 1.5, null, true, {}, [],
];

test.each<Question>([
  ...lists, ["licenses by their end", "GET", `${base}/licenses?sort=expiresAt`], ["licenses by their end, the last first", "GET", `${base}/licenses?sort=-expiresAt`],
])("a cursor of %s with an altered value is answered or refused by its name, and causes no error of the service", async (_name, method, path) => {
  const [page, next] = path.includes("?") ? [`${path}&limit=1`, `${path}&cursor=`] : [`${path}?limit=1`, `${path}?cursor=`];
  const { body } = await call(method, page);
  const values = JSON.parse(Buffer.from(String(body.pagination?.nextCursor ?? body.nextCursor), "base64url").toString()) as unknown[];
  for (const [at] of values.entries()) {
    for (const value of impossible) {
      const altered = Buffer.from(JSON.stringify(values.with(at, value))).toString("base64url");
      const answer = await call(method, `${next}${altered}`);
      if (answer.status !== 200) expect([at, value, answer.status, answer.body.errors?.[0]?.pointer]).toEqual([at, value, 400, "/query/cursor"]);
    }
  }
});

test.each([
  ["licenses", "status=ACTIVATED", "status=SUSPENDED"],
  ["licenses", "holderType=user", "holderType=organization"],
  ["activations", "fingerprint=machine-0001", "fingerprint=machine-0002"],
  ["license-events", "type=created", "type=activated"],
])("a cursor of %s with %j is refused with %j", async (name, filter, other) => {
  const list = `${base}/${name}?limit=1`;
  const { nextCursor } = (await call("GET", `${list}&${filter}`)).body.pagination;
  expect((await call("GET", `${list}&${filter}&cursor=${nextCursor}`)).status).toBe(200);
  expect((await call("GET", `${base}/${name}?limit=2&${filter}&cursor=${nextCursor}`)).status).toBe(200);
  const answer = await call("GET", `${list}&${other}&cursor=${nextCursor}`);
  expect([answer.status, answer.body.errors]).toEqual([400, [{ pointer: "/query/cursor", detail: "is not a cursor of this list" }]]);
});
