import { beforeAll, describe, expect, test } from "vitest";
import { activationRepresentation } from "@licensing/core/activation/representation.ts";
import { licenseRepresentation } from "@licensing/core/license/representation.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import type { Answer, CallOptions } from "../support/service.ts";
import { base, startService } from "../support/service.ts";

const service = await startService({ now: "2026-03-01T00:00:00.000Z" });

type License = { readonly id: string; readonly key: string; readonly name: string | null; readonly keyHint: string };

async function issue(body: Readonly<Record<string, unknown>>): Promise<License> {
  const answer = await service.call("POST", `${base}/licenses`, { body: { holder: { type: "user", id: "ada" }, ...body } });
  expect(answer.status, answer.text).toBe(201);
  return { ...answer.body.license, key: answer.body.key };
}

async function activate(licenseId: string, fingerprint: string): Promise<string> {
  const answer = await service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });
  expect(answer.status, answer.text).toBe(201);
  return answer.body.activation.id;
}

const idsOf = (answer: Answer): string[] => answer.body.data.map(({ id }: { id: string }) => id);
const holder = async (subject: string, org?: string): Promise<CallOptions> => ({ authorization: `Bearer ${await service.token(null, subject, org)}` });
const list = (query: string, options?: CallOptions) => service.call("GET", `${base}/licenses?${query}`, options);

/** Every id of a list, page by page, by the list's own links. */
async function walk(path: string, between: () => Promise<unknown> = () => Promise.resolve()): Promise<string[]> {
  const ids: string[] = [];
  let next: string | undefined = path;
  for (let page = 0; next !== undefined && page < 100; page += 1) {
    const answer: Answer = await service.call("GET", next);
    expect(answer.status, answer.text).toBe(200);
    ids.push(...idsOf(answer));
    next = /<(.*)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
    await between();
  }
  return ids;
}

beforeAll(async () => {
  const policies = [
    { code: "yearly", name: "Yearly", duration: "P1Y", grace: "P10D", activationLimit: 3 },
    { code: "floating", name: "Floating", lease: "PT1H" },
  ];
  for (const body of policies) await service.call("POST", `${base}/policies`, { body });
});

describe("reading a license", () => {
  test("answers the bare license with its sequence as ETag and the seats that are live now", async () => {
    const { id } = await issue({ policy: "floating" });
    await activate(id, "machine-one");
    const answer = await service.call("GET", `${base}/licenses/${id}`);
    expect(answer.status).toBe(200);
    expect(licenseRepresentation.safeParse(answer.body).error).toBeUndefined();
    expect(answer.headers.get("etag")).toBe('"2"');
    expect(answer.body).toMatchObject({ id, policy: "floating", sequence: 2, seatsUsed: 1, status: "ACTIVATED" });
    expect(answer.body).not.toHaveProperty("key");
    service.clock.advance(3_600);
    const later = await service.call("GET", `${base}/licenses/${id}`);
    expect(later.body.seatsUsed).toBe(0);
    expect(later.headers.get("etag")).toBe('"2"');
  });

  test("shows expiry from its very instant, without a sweep", async () => {
    const { id } = await issue({ policy: "yearly", expiresAt: "2026-06-01T00:00:00Z" });
    const statusAt = async (instant: string) => {
      service.clock.set(instant);
      return (await service.call("GET", `${base}/licenses/${id}`)).body.status;
    };
    expect(await statusAt("2026-05-31T23:59:59.999Z")).toBe("ACTIVATED");
    expect(await statusAt("2026-06-01T00:00:00.000Z")).toBe("EXPIRED");
    service.clock.set("2026-03-01T00:00:00.000Z");
  });

  test("a foreign license and an absent one are the same 404 but for the request id", async () => {
    const { id } = await issue({ policy: "yearly", holder: { type: "user", id: "owner" } });
    const options = await holder("stranger");
    const [foreign, absent] = [await service.call("GET", `${base}/licenses/${id}`, options), await service.call("GET", `${base}/licenses/4`, options)];
    const without = ({ body }: Answer) => JSON.stringify(body).replaceAll(body.requestId, "");
    expect([foreign.status, foreign.body.code]).toEqual([404, "license-not-found"]);
    expect(without(foreign)).toBe(without(absent));
    expect((await service.call("GET", `${base}/licenses/${id}`, await holder("owner"))).status).toBe(200);
  });

  test("a License key reads its own license, in every status, and no other", async () => {
    const [own, other] = [await issue({ policy: "yearly" }), await issue({ policy: "yearly" })];
    const options = { authorization: `License ${own.key}` };
    for (const verb of ["suspend", "revoke"]) {
      expect((await service.call("GET", `${base}/licenses/${own.id}`, options)).status).toBe(200);
      await service.call("POST", `${base}/licenses/${own.id}/${verb}`);
    }
    expect((await service.call("GET", `${base}/licenses/${own.id}`, options)).body.status).toBe("REVOKED");
    expect((await service.call("GET", `${base}/licenses/${other.id}`, options)).status).toBe(404);
  });
});

describe("filters of licenses", () => {
  test("status compares the status at the instant of the answer, and not the stored one", async () => {
    const here = { policy: "yearly", holder: { type: "team", id: "statuses" } };
    const running = await issue({ ...here, expiresAt: null });
    const ending = await issue({ ...here, expiresAt: "2026-04-01T00:00:00Z" });
    const suspended = await issue({ ...here, expiresAt: "2026-04-01T00:00:00Z" });
    const revoked = await issue({ ...here, expiresAt: "2026-04-01T00:00:00Z" });
    await service.call("POST", `${base}/licenses/${suspended.id}/suspend`);
    await service.call("POST", `${base}/licenses/${revoked.id}/revoke`);
    const withStatus = async (status: string) => {
      const answer = await list(`holderType=team&holderId=statuses&status=${status}`);
      expect(answer.body.data.every((license: { status: string }) => license.status === status)).toBe(true);
      return idsOf(answer);
    };
    expect(await withStatus("ACTIVATED")).toEqual([ending.id, running.id]);
    expect(await withStatus("EXPIRED")).toEqual([]);
    service.clock.set("2026-04-01T00:00:00.000Z");
    expect(await withStatus("ACTIVATED")).toEqual([running.id]);
    expect(await withStatus("EXPIRED")).toEqual([ending.id]);
    expect(await withStatus("SUSPENDED")).toEqual([suspended.id]);
    expect(await withStatus("REVOKED")).toEqual([revoked.id]);
    service.clock.set("2026-03-01T00:00:00.000Z");
  });

  test("holder and policy select exactly; a policy is named by id or code", async () => {
    const wanted = await issue({ policy: "yearly", holder: { type: "organization", id: "acme" } });
    const floating = await issue({ policy: "floating", holder: { type: "organization", id: "acme" } });
    await issue({ policy: "yearly", holder: { type: "user", id: "acme" } });
    await issue({ policy: "yearly", holder: { type: "organization", id: "acme2" } });
    expect(idsOf(await list("holderType=organization&holderId=acme"))).toEqual([floating.id, wanted.id]);
    expect(idsOf(await list("holderType=organization&holderId=acme&policy=yearly"))).toEqual([wanted.id]);
    const { id } = (await service.call("GET", `${base}/policies/yearly`)).body;
    expect(idsOf(await list(`holderType=organization&holderId=acme&policy=${id}`))).toEqual([wanted.id]);
    expect(idsOf(await list("policy=nobody-made-this"))).toEqual([]);
  });

  test("adjoining expiry windows share no license and miss none; perpetual licenses are in neither", async () => {
    const at = async (expiresAt: string | null) => (await issue({ policy: "yearly", holder: { type: "team", id: "windows" }, expiresAt })).id;
    const [may, june] = [await at("2026-05-01T00:00:00Z"), await at("2026-06-01T00:00:00Z")];
    await at(null);
    const window = async (query: string) => idsOf(await list(`holderId=windows&${query}`));
    const june1 = encodeURIComponent("2026-06-01T02:00:00+02:00");
    expect(await window(`expiresBefore=${june1}`)).toEqual([may]);
    expect(await window(`expiresAfter=${june1}`)).toEqual([june]);
    expect(await window(`expiresAfter=2026-05-01T00:00:00Z&expiresBefore=${june1}`)).toEqual([may]);
  });

  test("search finds by name in any case, holder, the key's last five symbols, and a machine that has or had a seat", async () => {
    const license = await issue({ policy: "yearly", name: "Größe 100%_A\\B", holder: { type: "user", id: "search@Example.com" } });
    const foreign = await issue({ policy: "yearly", name: "other", key: "Somebody-elses-key-aBcDe" });
    const seat = await activate(license.id, "search-machine-1");
    await service.call("DELETE", `${base}/activations/${seat}`);
    const search = async (text: string) => idsOf(await list(`search=${encodeURIComponent(text)}`));
    const hint = license.keyHint.slice(1);
    for (const text of ["größe", "100%_a", "SEARCH@example", license.keyHint, hint, hint.toLowerCase(), "search-machine-1"]) {
      expect(await search(text), text).toContain(license.id);
    }
    expect(await search("100%%A")).toEqual([]);
    expect(await search("gr__e")).toEqual([]);
    expect(await search("search-machine")).toEqual([]);
    expect(await search("Gro\u0308ße".normalize("NFD"))).toEqual([license.id]);
    expect(await search("aBcDe")).toEqual([foreign.id]);
    expect(await search("' or true --")).toEqual([]);
    expect(await search(license.key)).toEqual([license.id]);
  });

  test.each([
    "status=expired", "status=", "holderType=Org", "holderId=", "policy=No", "policy=9223372036854775808", "expiresBefore=tomorrow",
    "expiresAfter=2026-06-01T00:00:00", "search=", `search=${"x".repeat(513)}`, "include=secrets", "limit=1e2", "limit=1&limit=2", "cursor=eyJ9",
  ])("a list refuses the query %s", async (query) => {
    const answer = await list(query);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe("malformed-request");
  });
});

test("a license id has one spelling: with a leading zero it is refused", async () => {
  const { id } = await issue({ policy: "yearly", holder: { type: "user", id: "of one id" } });
  const answers = [
    await service.call("GET", `${base}/licenses/0${id}`),
    await service.call("POST", `${base}/licenses/0${id}/suspend`, { body: {} }),
    await service.call("POST", `${base}/licenses/validate`, { body: { licenseId: `0${id}` } }),
  ];
  expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [400, "malformed-request"]));
});

describe("pages of licenses", () => {
  test("hold every license that existed at the start once, whatever is issued and changed meanwhile", async () => {
    const here = { policy: "yearly", holder: { type: "team", id: "pages" } };
    const before: string[] = [];
    for (let n = 0; n < 7; n += 1) before.push((await issue(here)).id);
    const ids = await walk(`${base}/licenses?holderId=pages&limit=2`, async () => {
      await issue(here);
      await service.call("POST", `${base}/licenses/${before[0]}/renew`);
    });
    expect(ids).toEqual(before.toReversed());
  });

  test("show a caller without a role its own licenses and those of its organization, and nothing else", async () => {
    const mine = await issue({ policy: "yearly", holder: { type: "user", id: "grace" } });
    const ours = await issue({ policy: "yearly", holder: { type: "organization", id: "navy" } });
    await issue({ policy: "yearly", holder: { type: "organization", id: "grace" } });
    await issue({ policy: "yearly", holder: { type: "user", id: "navy" } });
    expect(idsOf(await list("", await holder("grace", "navy")))).toEqual([ours.id, mine.id]);
    expect(idsOf(await list("", await holder("grace")))).toEqual([mine.id]);
    expect(idsOf(await list("holderId=navy", await holder("grace")))).toEqual([]);
    expect(idsOf(await list("", { authorization: `License ${mine.key}` }))).toEqual([mine.id]);
  });
});

describe("activations", () => {
  test("one is read by its id, live or freed", async () => {
    const { id } = await issue({ policy: "yearly" });
    const seat = await activate(id, "machine-read");
    const read = () => service.call("GET", `${base}/activations/${seat}`);
    const answer = await read();
    expect(answer.status).toBe(200);
    expect(activationRepresentation.safeParse(answer.body).error).toBeUndefined();
    expect(answer.body).toMatchObject({ id: seat, licenseId: id, fingerprint: "machine-read", deactivatedAt: null });
    await service.call("DELETE", `${base}/activations/${seat}`);
    expect((await read()).body.deactivatedAt).toBe("2026-03-01T00:00:00.000Z");
  });

  test("those of a license are listed newest first, live and freed, and filtered by state and machine", async () => {
    const { id } = await issue({ policy: "floating" });
    const freed = await activate(id, "machine-aaaa");
    await service.call("DELETE", `${base}/activations/${freed}`);
    const lapsed = await activate(id, "machine-bbbb");
    service.clock.advance(3_600);
    const live = await activate(id, "machine-cccc");
    const of = async (query: string) => idsOf(await service.call("GET", `${base}/licenses/${id}/activations?${query}`));
    expect(await of("")).toEqual([live, lapsed, freed]);
    expect(await of("state=live")).toEqual([live]);
    expect(await of("state=freed")).toEqual([lapsed, freed]);
    expect(await of("fingerprint=machine-bbbb")).toEqual([lapsed]);
    expect(await of("fingerprint=machine-dddd")).toEqual([]);
    expect(await walk(`${base}/licenses/${id}/activations?limit=1`)).toEqual([live, lapsed, freed]);
    expect(await walk(`${base}/activations?licenseId=${id}&limit=2`)).toEqual([live, lapsed, freed]);
    service.clock.set("2026-03-01T00:00:00.000Z");
  });

  test("CSV has the same rows in the same pages", async () => {
    const { id } = await issue({ policy: "yearly" });
    const seats = [await activate(id, "machine-csv1"), await activate(id, "machine-csv2")];
    await service.call("DELETE", `${base}/activations/${seats[0]}`);
    const instant = "2026-03-01T00:00:00.000Z";
    for (const path of [`${base}/licenses/${id}/activations?`, `${base}/activations?licenseId=${id}&`]) {
      const first = await service.call("GET", `${path}format=csv&limit=1`);
      expect(first.headers.get("content-disposition")).toBe('attachment; filename="activations.csv"');
      const rest = await service.call("GET", /<(.*)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? "");
      const header = "id,licenseId,fingerprint,name,createdAt,lastSeenAt,leaseUntil,deactivatedAt\r\n";
      expect(first.text).toBe(`${header}${seats[1]},${id},machine-csv2,,${instant},${instant},,\r\n`);
      expect(rest.text).toBe(`${header}${seats[0]},${id},machine-csv1,,${instant},${instant},,${instant}\r\n`);
      expect(rest.headers.get("link")).toBeNull();
    }
  });

  test("a machine is found across licenses", async () => {
    const licenses = [await issue({ policy: "yearly" }), await issue({ policy: "floating" })];
    const seats: string[] = [];
    for (const { id } of licenses) seats.push(await activate(id, "machine-everywhere"));
    expect(idsOf(await service.call("GET", `${base}/activations?fingerprint=machine-everywhere`))).toEqual(seats.toReversed());
  });

  test("a License key sees those of its own license; others are answered as absent", async () => {
    const [own, other] = [await issue({ policy: "yearly" }), await issue({ policy: "yearly" })];
    const [mine, theirs] = [await activate(own.id, "machine-mine"), await activate(other.id, "machine-theirs")];
    const options = { authorization: `License ${own.key}` };
    expect(idsOf(await service.call("GET", `${base}/activations`, options))).toEqual([mine]);
    expect(idsOf(await service.call("GET", `${base}/activations?licenseId=${other.id}`, options))).toEqual([]);
    expect(idsOf(await service.call("GET", `${base}/licenses/${own.id}/activations`, options))).toEqual([mine]);
    for (const [path, code] of [
      [`/activations/${theirs}`, "activation-not-found"], ["/activations/4", "activation-not-found"],
      [`/licenses/${other.id}/activations`, "license-not-found"], ["/licenses/4/activations", "license-not-found"],
    ]) {
      const answer = await service.call("GET", `${base}${path}`, options);
      expect([answer.status, answer.body.code]).toEqual([404, code]);
    }
  });

  test("the list across licenses shows a holder without a role only the seats of its own licenses", async () => {
    const { id } = await issue({ policy: "yearly", holder: { type: "user", id: "holder-of-seats" } });
    const seat = await activate(id, "machine-of-holder");
    expect(idsOf(await service.call("GET", `${base}/activations`, await holder("holder-of-seats")))).toEqual([seat]);
    expect(idsOf(await service.call("GET", `${base}/activations`, await holder("holder-of-nothing")))).toEqual([]);
    expect((await service.call("GET", `${base}/activations?state=maybe`)).status).toBe(400);
  });
});

describe("service credentials", () => {
  test("made within one second are listed once each, by their milliseconds", async () => {
    const made: string[] = [];
    for (const milliseconds of ["100", "200", "678"]) {
      service.clock.set(`2026-03-02T00:00:05.${milliseconds}Z`);
      const answer = await service.call("POST", `${base}/credentials`, { body: { name: milliseconds, roles: ["licensing-service"] } });
      expect(answer.body.createdAt, answer.text).toBe(`2026-03-02T00:00:05.${milliseconds}Z`);
      made.push(answer.body.clientId);
    }
    const seen: (readonly [string, string])[] = [];
    let next: string | undefined = `${base}/credentials?limit=1`;
    for (let page = 0; next !== undefined && page < 10; page += 1) {
      const answer: Answer = await service.call("GET", next);
      for (const { clientId, createdAt } of answer.body.data as { clientId: string; createdAt: string }[]) seen.push([clientId, createdAt.slice(-4, -1)]);
      next = answer.body.pagination.hasMore === true ? `${base}/credentials?limit=1&cursor=${encodeURIComponent(answer.body.pagination.nextCursor)}` : undefined;
    }
    expect(seen.filter(([clientId]) => made.includes(clientId)).toSorted(([, left], [, right]) => left.localeCompare(right))).toEqual([
      [made[0], "100"], [made[1], "200"], [made[2], "678"],
    ]);
    expect(next).toBeUndefined();
  });

  test.each(["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", `2026-03-02T00:00:05.${"9".repeat(500)}Z`])("are not listed after %s, which is no possible instant", async (moment) => {
    for (const name of ["one", "two"]) await service.call("POST", `${base}/credentials`, { body: { name, roles: ["licensing-service"] } });
    const { nextCursor } = (await service.call("GET", `${base}/credentials?limit=1`)).body.pagination as { nextCursor: string };
    const forged = Buffer.from(nextCursor, "base64url").toString().replace(/[0-9]{4}-[^"]*Z/, moment);
    const answer = await service.call("GET", `${base}/credentials?cursor=${Buffer.from(forged).toString("base64url")}`);
    expect(answer).toMatchObject({ status: 400, body: { code: "malformed-request", errors: [{ pointer: "/query/cursor" }] } });
  });
});

test.each([
  ["licenses", "expiresAfter=2026-06-01T00:00:00Z&expiresBefore=2026-05-01T00:00:00Z", "/query/expiresBefore"],
  ["license-events", "after=2026-06-01T00:00:00Z&before=2026-06-01T00:00:00Z", "/query/before"],
])("a window of %s that ends before it begins is refused at its end: %s", async (name, query, pointer) => {
  const { status, body } = await service.call("GET", `${base}/${name}?${query}`);
  expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
});

describe("a conditional read of a license", () => {
  test("is 304 while its entity tag matches, and the license after a change", async () => {
    const { at } = await issueLicense(service, await createPolicy(service));
    const read = (tag: string) => service.call("GET", at, { headers: { "if-none-match": tag } });
    const etag = (await service.call("GET", at)).headers.get("etag") ?? "";
    expect(etag).toBe('"1"');
    for (const tags of [etag, `W/${etag}`, `"9", ${etag}`, "*"]) expect([tags, (await read(tags)).status]).toEqual([tags, 304]);
    for (const tags of ['"9"', "1", ""]) expect([tags, (await read(tags)).status]).toEqual([tags, 200]);
    await service.call("POST", `${at}/suspend`);
    expect((await read(etag)).status).toBe(200);
  });

  test("is the license again once it has expired, before any event records it", async () => {
    const expiresAt = new Date(service.clock.now().getTime() + 60_000).toISOString();
    const { at } = await issueLicense(service, await createPolicy(service), { expiresAt });
    const etag = (await service.call("GET", at)).headers.get("etag") ?? "";
    service.clock.advance(61);
    expect((await service.call("GET", at, { headers: { "if-none-match": etag } })).body).toMatchObject({ status: "EXPIRED" });
  });

  test("is the license again once a lease has run out, before any event records it", async () => {
    const { at, licenseId } = await issueLicense(service, await createPolicy(service, { lease: "PT1H" }));
    await service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "machine-0001" } });
    const read = (tag: string) => service.call("GET", at, { headers: { "if-none-match": tag } });
    expect([(await read('"2"')).status, (await read("*")).status]).toEqual([304, 304]);
    service.clock.advance(3_600);
    const lapsed = await read('"2"');
    expect([lapsed.status, lapsed.body.seatsUsed, lapsed.headers.get("etag")]).toEqual([200, 0, '"2"']);
    await service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "machine-0002" } });
    expect((await read('"4"')).status).toBe(304);
  });
});
