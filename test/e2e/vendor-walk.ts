import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createClient, LicensingError } from "@licensing/core/client/client.ts";
import type { Client, Credential, Problem } from "@licensing/core/client/client.ts";
import type { Serving } from "./serving.ts";

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

/** The problem with which a call must be refused. */
async function refused(code: Problem["code"], call: Promise<unknown>): Promise<Problem | undefined> {
  const error = await call.then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LicensingError);
  expect(error).toMatchObject({ code });
  return (error as LicensingError).problem;
}

/** All pages of a license's trail as CSV, by the addresses in `Link`. */
async function exportCsv({ http }: Client, licenseId: string): Promise<Event[]> {
  const rows: Event[] = [];
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
    const query = { format: "csv" as const, limit: 5, ...(cursor === undefined ? {} : { cursor }) };
    const { data, response } = await http.GET("/v1/api/licensing/licenses/{licenseId}/events", { params: { path: { licenseId }, query }, parseAs: "text" });
    rows.push(...readCsv(String(data)).map(eventOf));
    cursor = /[?&]cursor=([^&>]+)[^>]*>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
  }
  return rows;
}

/**
 * A vendor's work with one license, by the client: trial, purchase, renewals at the ends of months, upgrade, seats that come and go,
 * hand-over, revocation. Then the trail is exported as JSON and as CSV, and its chain is computed again without code of the service.
 */
export function testVendorWalk(where: string, serving: Serving): void {
  test(`a vendor sells, renews, upgrades, hands over and revokes a license, and its trail proves all of it, ${where}`, () => walk(serving));
}

async function walk({ baseUrl, tokens, issuer }: Serving): Promise<void> {
  const as = (credential: Credential) => createClient({ url: baseUrl, credentials: () => credential });
  const asUser = async (sub: string) => {
    const minted = await fetch(issuer.tokenUrl, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ sub, roles: [] }) });
    return as((await minted.json()) as { readonly token: string });
  };
  const vendor = as({ token: tokens.admin });
  const mark = randomBytes(4).toString("hex");
  const code = (name: string) => `${name}-${mark}`;
  await vendor.policies.create({ code: code("trial"), name: "Trial", duration: "P14D", activationLimit: 1, trial: true });
  await vendor.policies.create({ code: code("monthly"), name: "Monthly", duration: "P1M", activationLimit: 2, renewalBasis: "from-expiry", features: { export: true } });
  await vendor.policies.create({ code: code("team"), name: "Team", duration: "P1M", activationLimit: 3, renewalBasis: "from-expiry", features: { export: true, sso: true }, releases: { limit: 2, period: "P30D" } });
  const [ada, bob] = [code("ada"), code("bob")];

  // Trial: one machine, once.
  const { license: { id }, key } = await vendor.licenses.issue({ policy: code("trial"), holder: { type: "user", id: ada } });
  const machines = as({ licenseKey: key });
  expect(await machines.licenses.validate({ fingerprint: "machine-laptop" })).toMatchObject({ valid: true, code: "VALID", activation: { created: true } });
  expect(await machines.licenses.validate({ fingerprint: "machine-desktop" })).toMatchObject({ valid: false, code: "ACTIVATION_LIMIT_REACHED" });
  await refused("trial-already-used", vendor.licenses.issue({ policy: code("trial"), holder: { type: "user", id: ada } }));

  // Purchase, to the end of a month; each renewal ends with its month.
  const bought = await vendor.licenses.update(id, { policy: code("monthly"), expiresAt: "2088-01-31T12:00:00Z", reason: "order 4711, \"urgent\"\u2028=1+1" });
  expect(bought.license).toMatchObject({ policy: code("monthly"), activationLimit: 2, features: { export: true }, expiresAt: "2088-01-31T12:00:00.000Z" });
  const ends = [];
  for (let month = 0; month < 3; month += 1) ends.push((await vendor.licenses.renew(id, { reason: `=SUM(${month})` })).license.expiresAt);
  expect(ends).toEqual(["2088-02-29T12:00:00.000Z", "2088-03-31T12:00:00.000Z", "2088-04-30T12:00:00.000Z"]);

  // Upgrade: more seats, more features, the same end, and an add-on of the license's own.
  const upgraded = await vendor.licenses.update(id, { policy: code("team"), features: { projects: 50 } });
  expect(upgraded).toMatchObject({
    license: { activationLimit: 3, features: { export: true, sso: true, projects: 50 }, expiresAt: ends[2], seatsUsed: 1 },
    certificate: { state: "published", sequence: upgraded.license.sequence },
  });

  // Seats come and go: full, replaced by the key, renamed and freed by the holder, then no more than the policy allows.
  const seat = async (fingerprint: string, rest: object = {}) => (await machines.activations.activate({ fingerprint, ...rest })).activation.id;
  const [desktop, tablet] = [await seat("machine-desktop"), await seat("machine-tablet")];
  expect(await refused("activation-limit-reached", seat("machine-server"))).toMatchObject({ holders: [{}, {}, {}] });
  const server = await seat("machine-server", { replace: tablet });
  const holder = await asUser(ada);
  expect((await holder.activations.rename(server, { name: "Server, 2nd floor" })).activation.name).toBe("Server, 2nd floor");
  await holder.activations.deactivate(desktop);
  await refused("release-limit-reached", holder.activations.deactivate(server));
  await refused("release-limit-reached", machines.licenses.releaseSeats(id));

  // Hand-over: the old key, token and seats get nothing; the new holder sees nothing from before.
  const handed = await vendor.licenses.transfer(id, { holder: { type: "user", id: bob }, reason: "the business was sold" });
  expect(handed.license).toMatchObject({ holder: { id: bob }, seatsUsed: 0, status: "ACTIVATED" });
  await refused("unauthenticated", machines.licenses.read(id));
  await refused("license-not-found", holder.licenses.read(id));
  const newMachines = as({ licenseKey: String(handed.key) });
  expect(await newMachines.licenses.validate({ fingerprint: "machine-of-bob" })).toMatchObject({ valid: true, seats: { used: 1, limit: 3 } });
  const seen = await Array.fromAsync((await asUser(bob)).events.listOfLicense(id));
  expect(seen.map(({ type }) => type)).toEqual(["transferred", "activated"]);
  expect(JSON.stringify(seen)).not.toContain(ada);

  // Revocation: for good, and the machine's validation is denied.
  await vendor.licenses.revoke(id, { reason: "chargeback" });
  expect(await newMachines.licenses.validate({ fingerprint: "machine-of-bob" })).toMatchObject({ valid: false, code: "REVOKED" });
  await refused("license-revoked", vendor.licenses.renew(id));

  // The export, in pages of five: both forms hold the same events, and either proves the chain.
  const events: readonly Event[] = await Array.fromAsync(vendor.events.listOfLicense(id, { limit: 5 }));
  const rows = await exportCsv(vendor, id);
  expect(events).toHaveLength((await vendor.licenses.read(id)).sequence);
  expect(lastHashOf(events)).toBe(events.at(-1)?.hash);
  expect(lastHashOf(rows)).toBe(events.at(-1)?.hash);
  expect(rows).toEqual(events.map((event) => ({ ...event, reason: event.reason ?? null })));
  expect(events.map(({ type }) => type)).toEqual([
    "created", "activated", "updated", "renewed", "renewed", "renewed", "updated", "activated", "activated", "deactivated", "activated",
    "updated", "deactivated", "deactivated", "deactivated", "transferred", "activated", "revoked",
  ]);
  const altered = events.map((event) => (event.type === "transferred" ? { ...event, reason: "another reason" } : event));
  expect(() => lastHashOf(altered)).toThrow();
}
