import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { base, createCall } from "../support/service.ts";
import type { CallOptions } from "../support/service.ts";
import { serveReal } from "./serving.ts";

/**
 * A vendor's work with one license, over HTTP: trial, purchase, renewals at the ends of months, upgrade, seats that come and go,
 * hand-over, revocation. Then the trail is exported as JSON and as CSV, and its chain is computed again without code of the service.
 */
const serving = await serveReal();
const send = createCall(serving.baseUrl, () => Promise.resolve(serving.tokens.admin));
const mark = randomBytes(4).toString("hex");

async function ask(status: number, method: "GET" | "POST" | "PATCH" | "DELETE", path: string, options: CallOptions = {}) {
  const answer = await send(method, path.startsWith("/v1") ? path : `${base}${path}`, options);
  expect(answer.status, `${method} ${path}: ${answer.text}`).toBe(status);
  return answer;
}

async function tokenOf(sub: string): Promise<string> {
  const minted = await fetch(serving.issuer.tokenUrl, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ sub, roles: [] }) });
  return `Bearer ${((await minted.json()) as { readonly token: string }).token}`;
}

type Event = {
  readonly licenseId: string; readonly sequence: number; readonly type: string; readonly actor: { readonly type: string; readonly id: string };
  readonly reason?: string | null; readonly changes: unknown; readonly requestId: string; readonly createdAt: string;
  readonly previousHash: string; readonly hash: string;
};

const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");

/** JSON with sorted keys, by RFC 8785 for these values. */
function ordered(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(ordered).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, member]) => `${JSON.stringify(key)}:${ordered(member)}`).join(",")}}`;
}

/** The hash of the last event, computed from the content of all of them; throws at the first link that doesn't hold. */
function lastHashOf(events: readonly Event[]): string {
  return events.reduce((previous, { licenseId, type, actor, reason = null, changes, requestId, createdAt, ...link }, index) => {
    const digest = sha256(ordered({ licenseId, type, actor, reason, changes, requestId, createdAt }));
    expect([link.sequence, link.previousHash, link.hash]).toEqual([index + 1, previous, sha256(`${previous}${index + 1}${digest}`)]);
    return link.hash;
  }, "0".repeat(64));
}

/** All pages of a list, by the addresses in `Link`. */
async function pagesOf(path: string) {
  const pages = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const page = await ask(200, "GET", next);
    pages.push(page);
    next = /<([^>]+)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1];
  }
  return pages;
}

/** Reads RFC 4180. An empty field without quotes is null, and an apostrophe in front of a text isn't its own. */
function readCsv(text: string): Record<string, string | null>[] {
  const records = [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)].reduce<(string | null)[][]>((rows, [, quoted, plain = "", end]) => {
    const field = quoted === undefined && plain === "" ? null : (quoted?.replaceAll('""', '"') ?? plain).replace(/^'/, "");
    rows.at(-1)?.push(field);
    return end === "," ? rows : [...rows, []];
  }, [[]]).slice(0, -1);
  const [header = [], ...rows] = records;
  return rows.map((row) => Object.fromEntries(row.map((field, at) => [String(header[at]), field])));
}

function eventOf(row: Record<string, string | null>): Event {
  const { actorType, actorId, sequence, changes, reason, ...rest } = row;
  return { ...rest, sequence: Number(sequence), actor: { type: actorType, id: actorId }, changes: JSON.parse(changes ?? "null"), reason } as Event;
}

test("a vendor sells, renews, upgrades, hands over and revokes a license, and its trail proves all of it", async () => {
  const code = (name: string) => `${name}-${mark}`;
  const policies = [
    { code: code("trial"), name: "Trial", duration: "P14D", activationLimit: 1, trial: true },
    { code: code("monthly"), name: "Monthly", duration: "P1M", activationLimit: 2, renewalBasis: "from-expiry", features: { export: true } },
    { code: code("team"), name: "Team", duration: "P1M", activationLimit: 3, renewalBasis: "from-expiry", features: { export: true, sso: true }, releases: { limit: 2, period: "P30D" } },
  ];
  for (const body of policies) await ask(201, "POST", "/policies", { body });
  const [ada, bob] = [code("ada"), code("bob")];

  // Trial: one machine, once.
  const issued = await ask(201, "POST", "/licenses", { body: { policy: code("trial"), holder: { type: "user", id: ada } } });
  const { license: { id }, key } = issued.body as { license: { id: string }; key: string };
  const at = `/licenses/${id}`;
  const byKey = { authorization: `License ${key}` };
  const validate = async (fingerprint: string, authorization: string) => (await ask(200, "POST", "/licenses/validate", { authorization, body: { fingerprint } })).body;
  expect(await validate("machine-laptop", byKey.authorization)).toMatchObject({ valid: true, code: "VALID", activation: { created: true } });
  expect(await validate("machine-desktop", byKey.authorization)).toMatchObject({ valid: false, code: "ACTIVATION_LIMIT_REACHED" });
  const second = await ask(409, "POST", "/licenses", { body: { policy: code("trial"), holder: { type: "user", id: ada } } });
  expect(second.body.code).toBe("trial-already-used");

  // Purchase, to the end of a month; each renewal ends with its month.
  const bought = await ask(200, "PATCH", at, { body: { policy: code("monthly"), expiresAt: "2028-01-31T12:00:00Z", reason: "order 4711, \"urgent\"\u2028=1+1" } });
  expect(bought.body.license).toMatchObject({ policy: code("monthly"), activationLimit: 2, features: { export: true }, expiresAt: "2028-01-31T12:00:00.000Z" });
  const ends = [];
  for (let month = 0; month < 3; month += 1) ends.push((await ask(200, "POST", `${at}/renew`, { body: { reason: `=SUM(${month})` } })).body.license.expiresAt);
  expect(ends).toEqual(["2028-02-29T12:00:00.000Z", "2028-03-31T12:00:00.000Z", "2028-04-30T12:00:00.000Z"]);

  // Upgrade: more seats, more features, the same end, and an add-on of the license's own.
  const upgraded = await ask(200, "PATCH", at, { body: { policy: code("team"), features: { projects: 50 } } });
  expect(upgraded.body).toMatchObject({
    license: { activationLimit: 3, features: { export: true, sso: true, projects: 50 }, expiresAt: ends[2], seatsUsed: 1 },
    certificate: { state: "published", sequence: upgraded.body.license.sequence },
  });

  // Seats come and go: full, replaced by the key, renamed and freed by the holder, then no more than the policy allows.
  const seat = async (fingerprint: string, rest: object = {}) => (await ask(201, "POST", "/activations", { ...byKey, body: { fingerprint, ...rest } })).body.activation.id as string;
  const [desktop, tablet] = [await seat("machine-desktop"), await seat("machine-tablet")];
  const full = await ask(409, "POST", "/activations", { ...byKey, body: { fingerprint: "machine-server" } });
  expect([full.body.code, full.body.holders.length]).toEqual(["activation-limit-reached", 3]);
  const server = await seat("machine-server", { replace: tablet });
  const holder = { authorization: await tokenOf(ada) };
  expect((await ask(200, "PATCH", `/activations/${server}`, { ...holder, body: { name: "Server, 2nd floor" } })).body.activation.name).toBe("Server, 2nd floor");
  await ask(204, "DELETE", `/activations/${desktop}`, holder);
  expect((await ask(409, "DELETE", `/activations/${server}`, holder)).body.code).toBe("release-limit-reached");
  expect((await ask(409, "POST", `${at}/release-seats`, byKey)).body.code).toBe("release-limit-reached");

  // Hand-over: the old key, token and seats get nothing; the new holder sees nothing from before.
  const handed = await ask(200, "POST", `${at}/transfer`, { body: { holder: { type: "user", id: bob }, reason: "the business was sold" } });
  expect(handed.body.license).toMatchObject({ holder: { id: bob }, seatsUsed: 0, status: "ACTIVATED" });
  await ask(401, "GET", at, byKey);
  await ask(404, "GET", at, holder);
  const newKey = { authorization: `License ${String(handed.body.key)}` };
  expect(await validate("machine-of-bob", newKey.authorization)).toMatchObject({ valid: true, seats: { used: 1, limit: 3 } });
  const seen = await ask(200, "GET", `${at}/events`, { authorization: await tokenOf(bob) });
  expect(seen.body.data.map(({ type }: Event) => type)).toEqual(["transferred", "activated"]);
  expect(seen.text).not.toContain(ada);

  // Revocation: for good, and the machine's validation is denied.
  await ask(200, "POST", `${at}/revoke`, { body: { reason: "chargeback" } });
  expect(await validate("machine-of-bob", newKey.authorization)).toMatchObject({ valid: false, code: "REVOKED" });
  expect((await ask(409, "POST", `${at}/renew`)).body.code).toBe("license-revoked");

  // The export, in pages of five: both forms hold the same events, and either proves the chain.
  const events = (await pagesOf(`${at}/events?limit=5`)).flatMap(({ body }) => body.data as Event[]);
  const rows = (await pagesOf(`${at}/events?limit=5&format=csv`)).flatMap(({ text }) => readCsv(text).map(eventOf));
  const { body: license } = await ask(200, "GET", at);
  expect(events).toHaveLength(license.sequence);
  expect(lastHashOf(events)).toBe(events.at(-1)?.hash);
  expect(lastHashOf(rows)).toBe(events.at(-1)?.hash);
  expect(rows).toEqual(events.map((event) => ({ ...event, reason: event.reason ?? null })));
  expect(events.map(({ type }) => type)).toEqual([
    "created", "activated", "updated", "renewed", "renewed", "renewed", "updated", "activated", "activated", "deactivated", "activated",
    "updated", "deactivated", "deactivated", "deactivated", "transferred", "activated", "revoked",
  ]);
  const altered = events.map((event) => (event.type === "transferred" ? { ...event, reason: "another reason" } : event));
  expect(() => lastHashOf(altered)).toThrow();
});
