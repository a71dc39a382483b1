import { beforeAll, describe, expect, test } from "vitest";
import type { Answer, CallOptions } from "../support/service.ts";
import { base, startService } from "../support/service.ts";

const service = await startService({ now: "2026-03-01T00:00:00.000Z" });

/** The ids of the licenses that were issued here, by their names. */
const ids = new Map<string, string>();
const keys = new Map<string, string>();

async function issue(name: string, body: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const answer = await service.call("POST", `${base}/licenses`, { body: { policy: "plain", holder: { type: "user", id: "ada" }, name, ...body } });
  expect(answer.status, answer.text).toBe(201);
  ids.set(answer.body.license.id, name);
  keys.set(name, answer.body.key);
}

const list = (query: string, options?: CallOptions) => service.call("GET", `${base}/licenses?${query}`, options);

/** The names of a list, page by page, as its links lead. */
async function namesOf(query: string, options?: CallOptions): Promise<string[]> {
  const names: string[] = [];
  let next: string | undefined = `${base}/licenses?limit=2${query === "" ? "" : `&${query}`}`;
  for (let page = 0; next !== undefined && page < 50; page += 1) {
    const answer: Answer = await service.call("GET", next, options);
    expect(answer.status, answer.text).toBe(200);
    names.push(...answer.body.data.map(({ name }: { name: string }) => name));
    next = /<(.*)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
  }
  return names;
}

beforeAll(async () => {
  for (const body of [{ code: "plain", name: "Plain" }, { code: "two", name: "Two", activationLimit: 2 }, { code: "floating", name: "Floating", activationLimit: 1, lease: "PT1H" }]) {
    expect((await service.call("POST", `${base}/policies`, { body })).status).toBe(201);
  }
  await issue("june", { expiresAt: "2026-06-01T00:00:00Z", metadata: { plan: "pro", cores: 5, beta: true } });
  await issue("endless", { metadata: { plan: "pro", cores: "5", beta: "true", ratio: 0.5 } });
  await issue("may", { expiresAt: "2026-05-01T00:00:00Z", metadata: { plan: "basic", cores: 50 } });
  await issue("june again", { expiresAt: "2026-06-01T00:00:00Z", holder: { type: "user", id: "eve" }, metadata: { plan: "pro" } });
  await issue("endless too", { holder: { type: "user", id: "eve" } });
});

describe("the order of licenses", () => {
  test.each([
    ["", ["endless too", "june again", "may", "endless", "june"]],
    ["sort=-createdAt", ["endless too", "june again", "may", "endless", "june"]],
    ["sort=createdAt", ["june", "endless", "may", "june again", "endless too"]],
    ["sort=expiresAt", ["may", "june", "june again", "endless", "endless too"]],
    ["sort=-expiresAt", ["june again", "june", "may", "endless too", "endless"]],
    ["sort=-expiresAt&status=ACTIVATED", ["june again", "june", "may", "endless too", "endless"]],
    ["sort=expiresAt&expiresAfter=2026-05-15T00:00:00Z", ["june", "june again"]],
    ["sort=expiresAt&holderId=eve", ["june again", "endless too"]],
    ["sort=-expiresAt&metadata.plan=pro", ["june again", "june", "endless"]],
  ])("%s", async (query, names) => {
    expect(await namesOf(query)).toEqual(names);
  });

  test("by status, whether the sweep has recorded an expiry or not", async () => {
    service.clock.set("2026-05-10T00:00:00.000Z");
    expect(await namesOf("status=EXPIRED")).toEqual(["may"]);
    expect(await namesOf("status=ACTIVATED&sort=expiresAt")).toEqual(["june", "june again", "endless", "endless too"]);
    const { expireSweep } = await import("@licensing/core/lifecycle/expire.job.ts");
    await expireSweep(service.runtime);
    for (const sort of ["", "&sort=createdAt", "&sort=expiresAt", "&sort=-expiresAt"]) expect(await namesOf(`status=EXPIRED${sort}`)).toEqual(["may"]);
    service.clock.set("2026-06-10T00:00:00.000Z");
    expect(await namesOf("status=EXPIRED")).toEqual(["june again", "may", "june"]);
    expect(await namesOf("status=EXPIRED&sort=-expiresAt")).toEqual(["june again", "june", "may"]);
    const may = [...ids].find(([, name]) => name === "may")?.[0] ?? "";
    await service.call("PATCH", `${base}/licenses/${may}`, { body: { expiresAt: "2026-07-01T00:00:00Z" } });
    expect(await namesOf("status=EXPIRED")).toEqual(["june again", "june"]);
    expect(await namesOf("status=ACTIVATED")).toEqual(["endless too", "may", "endless"]);
    await service.call("PATCH", `${base}/licenses/${may}`, { body: { expiresAt: "2026-05-01T00:00:00Z" } });
    service.clock.set("2026-03-01T00:00:00.000Z");
  });
});

describe("the filter metadata.<name>", () => {
  test.each([
    ["metadata.plan=basic", ["may"]],
    ["metadata.cores=5", ["endless", "june"]],
    ["metadata.beta=true", ["endless", "june"]],
    ["metadata.ratio=0.5", ["endless"]],
    ["metadata.plan=pro&metadata.cores=5&metadata.beta=true", ["endless", "june"]],
    ["metadata.plan=pro&holderId=eve", ["june again"]],
    ["metadata.cores=5.0", []],
    ["metadata.cores=05", []],
    ["metadata.plan=PRO", []],
    ["metadata.plan=pr", []],
    ["metadata.plan=", []],
    ["metadata.absent=null", []],
    ["metadata.plan=%25", []],
    ["metadata.constructor=x", []],
  ])("%s", async (query, names) => {
    expect(await namesOf(query)).toEqual(names);
  });

  test.each(["metadata=x", "metadata.=x", "metadata.a%20b=x", "metadata.__proto__=x", "metadata.a=1&metadata.b=1&metadata.c=1&metadata.d=1", "metadata.a=1&metadata.a=2", `metadata.a=${"x".repeat(513)}`, "Metadata.plan=pro", "meta.plan=pro"])(
    "%s is refused, and named", async (query) => {
      const { status, body } = await list(query);
      expect([status, body.code, body.errors.length > 0]).toEqual([400, "malformed-request", true]);
    },
  );
});

describe("the filter full", () => {
  test("lists the licenses of which no seat is free now, and none without a limit", async () => {
    await issue("full", { policy: "two" });
    await issue("half", { policy: "two" });
    await issue("leased", { policy: "floating" });
    const idOf = (name: string) => [...ids].find(([, each]) => each === name)?.[0];
    for (const [name, fingerprint] of [["full", "machine-1"], ["full", "machine-2"], ["half", "machine-1"], ["leased", "machine-1"], ["endless", "machine-1"]]) {
      expect((await service.call("POST", `${base}/activations`, { body: { licenseId: idOf(name ?? ""), fingerprint } })).status).toBe(201);
    }
    expect(await namesOf("full=true")).toEqual(["leased", "full"]);
    expect(await namesOf("full=true&policy=two&sort=expiresAt")).toEqual(["full"]);
    service.clock.advance(3_600);
    expect(await namesOf("full=true")).toEqual(["full"]);
    expect((await list("full=false")).status).toBe(400);
  });
});

describe("the filter search", () => {
  test("finds by a whole key in any spelling and by an id, in the caller's scope alone", async () => {
    const key = keys.get("june") ?? "";
    const id = [...ids].find(([, name]) => name === "june")?.[0] ?? "";
    const bearer = async (subject: string) => ({ authorization: `Bearer ${await service.token(null, subject)}` });
    for (const text of [key, key.toLowerCase().replaceAll("-", " "), `"${key}"`, id]) {
      const query = `search=${encodeURIComponent(text)}`;
      expect([text, await namesOf(query)]).toEqual([text, ["june"]]);
      expect([text, await namesOf(query, await bearer("ada"))]).toEqual([text, ["june"]]);
      expect([text, await namesOf(query, await bearer("eve"))]).toEqual([text, []]);
      expect([text, await namesOf(query, { authorization: `License ${keys.get("may")}` })]).toEqual([text, []]);
    }
  });

  test("finds parts of three letters in a row, and shorter texts only as a whole", async () => {
    await issue("Al", { holder: { type: "user", id: "x-1" } });
    expect(await namesOf("search=AGAI")).toEqual(["june again"]);
    expect(await namesOf("search=x-1")).toEqual(["Al"]);
    expect(await namesOf("search=Al")).toEqual(["Al"]);
    for (const text of ["al", "x-", "a%25", "ju", "9".repeat(19), "9".repeat(30), "%5C", "%25%25%25", "june%25again", "june_again"]) expect([text, await namesOf(`search=${text}`)]).toEqual([text, []]);
  });
});

test("as CSV the same licenses are in the same pages, and values that a spreadsheet could run as formulas are harmless", async () => {
  await issue("=HYPERLINK(1)", { holder: { type: "team", id: "'quoted" }, metadata: { note: 'a "b", c' } });
  const first = await list("format=csv&limit=1&holderType=team");
  expect(first.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
  expect(first.headers.get("content-disposition")).toBe('attachment; filename="licenses.csv"');
  const [header, row, end] = first.text.split("\r\n");
  expect(header).toMatch(/^id,policyId,policy,name,holderType,holderId,status,sequence,features,activationLimit,/);
  expect(row).toContain(",plain,'=HYPERLINK(1),team,''quoted,ACTIVATED,1,{},,{},0,");
  expect(row).toContain(',"{""note"":""a \\""b\\"", c""}",');
  expect([end, first.headers.get("link")]).toEqual(["", null]);
  const paged = await list("format=csv&limit=1");
  expect(paged.headers.get("link")).toContain("format=csv");
});

test("a cursor of another order, filter, member or search is refused", async () => {
  const queries = ["", "sort=createdAt", "sort=expiresAt", "sort=-expiresAt", "metadata.plan=pro", "metadata.cores=5", "search=june", "holderId=ada", "status=ACTIVATED"];
  const cursors: string[] = [];
  for (const query of queries) cursors.push((await list(query === "" ? "limit=1" : `limit=1&${query}`)).body.pagination.nextCursor);
  for (const [at, query] of queries.entries()) {
    for (const [from, cursor] of cursors.entries()) expect([query, queries[from], (await list(`cursor=${cursor}${query === "" ? "" : `&${query}`}`)).status]).toEqual([query, queries[from], at === from ? 200 : 400]);
  }
});
