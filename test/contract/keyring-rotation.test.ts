import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { getCertificate } from "@licensing/core/publication/certificate.store.ts";
import { inspect } from "@licensing/core/publication/inspect.store.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { activateKey, denyKey, registerKeys, retireKey } from "@licensing/core/rotation/change-ring.store.ts";
import { readKeyTable } from "@licensing/core/rotation/key-table.store.ts";
import { parsePrivateKeys } from "@licensing/core/keyring/signing-key.ts";
import { rotationPolicy } from "@licensing/core/rotation/states.ts";
import { DatabaseError } from "@licensing/core/platform/database-error.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { issueLicense } from "../support/fixtures.ts";
import { codesOf, deploy, newKey, statesOf } from "./rotating-service.ts";
import type { Deployed, NamedKey } from "./rotating-service.ts";
import { base, startService } from "../support/service.ts";

const start = "2027-01-01T00:00:00.000Z";
const daySeconds = 86_400;
const policy = rotationPolicy(daySeconds);

const jwksOf = async ({ call }: Deployed) => {
  const { body } = await call("GET", `${base}/.well-known/jwks.json`, { authorization: null });
  return (body.keys as readonly { kid: string }[]).map(({ kid }) => kid);
};
const holds = async ({ runtime }: Deployed, licenseId: string) => {
  const text = await getCertificate(redisOf(runtime), licenseId);
  return text === undefined ? undefined : inspect(text, { licenseId, runtime });
};

describe("a rotation", async () => {
  const service = await startService({ now: start });
  const [first, second] = [newKey(), newKey()];
  const before = await deploy(service, [first]);
  const after = await deploy(service, [first, second]);
  const wait = (seconds: number) => service.clock.advance(seconds);

  test("begins with the first key of the secret, which is active at once", async () => {
    const report = await before.check();
    expect(statesOf(report)).toEqual({ [first.kid]: "active" });
    expect(report.check.state).toBe("ok");
    expect(codesOf(report)).toEqual(["key-registered", "key-activated"]);
  });

  let licenseId = "";
  test("publishes a second key an hour before it signs", async () => {
    await reconcile(before.runtime);
    ({ licenseId } = await issueLicense(before, "free-trial"));
    wait(1);
    const report = await after.check();
    expect(statesOf(report)).toEqual({ [first.kid]: "active", [second.kid]: "pending" });
    expect(await jwksOf(after)).toEqual(expect.arrayContaining([first.kid, second.kid]));
    wait(policy.pendingForSeconds - 1);
    expect(statesOf(await after.check())[second.kid]).toBe("pending");
  });

  test("activates the second key and retires the first in one statement", async () => {
    wait(1);
    const report = await after.check();
    expect(statesOf(report)).toEqual({ [first.kid]: "retiring", [second.kid]: "active" });
    const { keys } = await readKeyTable(service.runtime);
    expect(keys.find(({ kid }) => kid === second.kid)?.activeAt).toEqual(keys.find(({ kid }) => kid === first.kid)?.retiringAt);
    expect(await jwksOf(after)).toEqual([first.kid, second.kid]);
  });

  test("signs with the new key in every process that has it, and skips publishing in one that doesn't", async () => {
    const suspended = await after.call("POST", `${base}/licenses/${licenseId}/suspend`, { body: {} });
    expect(suspended.body.certificate).toMatchObject({ state: "published", kid: second.kid });
    const reinstate = () => before.call("POST", `${base}/licenses/${licenseId}/reinstate`, { body: {}, headers: { "idempotency-key": "once" } });
    const skipped = { state: "skipped", reason: "Ed25519 private key not configured" };
    expect((await reinstate()).body.certificate).toMatchObject(skipped);
    const again = await reinstate();
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.body.certificate).toMatchObject(skipped);
    expect(before.printed.join("\n")).toContain("CertificatesSkipped");
    expect((await before.call("GET", "/readyz", { authorization: null })).body.checks["signing-key"][0].status).toBe("fail");
    expect((await after.call("GET", "/readyz", { authorization: null })).body.checks["signing-key"][0].status).toBe("pass");
  });

  test("publishes every license of the old key again", async () => {
    await reconcile(after.runtime);
    expect((await holds(after, licenseId))?.kid).toBe(second.kid);
    wait(10);
    const { pending, published } = await reconcile(after.runtime);
    expect({ pending, published }).toEqual({ pending: 0, published: 1 });
    const held = await holds(after, licenseId);
    expect(held?.claims.license.status).toBe("ACTIVATED");
  });

  test("keeps the old key until its last certificate has ended and been replaced, and then retires it", async () => {
    wait(policy.retireAfterSeconds - 11);
    expect(statesOf(await after.check())[first.kid]).toBe("retiring");
    await service.owner.write(sql`update licensing."CertificateDue" set kid = ${first.kid}`);
    wait(1);
    const blocked = await after.check();
    expect(statesOf(blocked)[first.kid]).toBe("retiring");
    expect(blocked.check).toMatchObject({ state: "warn" });
    expect(codesOf(blocked)).toContain("retirement-blocked");
    await reconcile(after.runtime);
    const over = await after.check();
    expect(statesOf(over)).toEqual({ [first.kid]: "retired", [second.kid]: "active" });
    expect(await jwksOf(after)).toEqual([second.kid]);
  });

  test("then reports that the old PEM may be removed, and is ok without it", async () => {
    expect(codesOf(await after.check())).toEqual(["pem-removable"]);
    const last = await deploy(service, [second]);
    const report = await last.check();
    expect({ state: report.check.state, codes: codesOf(report) }).toEqual({ state: "ok", codes: [] });
  });

  test("doesn't bring a retired key back", async () => {
    const again = await deploy(service, [second, first]);
    await again.check();
    wait(2 * daySeconds);
    expect(statesOf(await again.check())).toEqual({ [first.kid]: "retired", [second.kid]: "active" });
  });

  test("is shown by GET /keys in the contract's shape", async () => {
    const { status, body } = await after.call("GET", `${base}/keys`);
    expect(status).toBe(200);
    const [old] = body.data as readonly Record<string, unknown>[];
    expect(Object.keys(old ?? {}).sort()).toEqual(["activeAt", "certificates", "createdAt", "inSecret", "kid", "retiredAt", "retiringAt", "state"]);
    expect(old).toMatchObject({ kid: first.kid, state: "retired", certificates: 0, inSecret: true });
    expect(Object.keys(body.check)).toEqual(["at", "state", "findings"]);
    expect(body.check.at).toBe(service.clock.now().toISOString());
  });

  test("writes a row, each metric and a log line for every check", async () => {
    const lines = () => after.printed.length;
    const counted = async () => Number((await service.owner.read(sql`select count(*) as n from licensing."KeyCheck"`))[0]?.[0]?.["n"]);
    const [rows, from] = [await counted(), lines()];
    await after.check();
    expect(await counted()).toBe(rows + 1);
    const printed = after.printed.slice(from).map((line) => JSON.parse(line) as Record<string, unknown>);
    const metrics = printed.filter((line) => "_aws" in line);
    expect(metrics.find((line) => "KeyAgeDays" in line)?.["KeyAgeDays"]).toBeCloseTo((policy.retireAfterSeconds + 2 * daySeconds) / daySeconds, 3);
    expect(metrics.filter((line) => "KeyCertificates" in line).map((line) => [line["Kid"], line["KeyCertificates"]])).toEqual([[second.kid, 1]]);
    expect(metrics.find((line) => "KeyCheckState" in line)?.["KeyCheckState"]).toBe(0);
    expect(printed.at(-1)).toMatchObject({ message: "Keys checked", code: "ok", kid: second.kid });
  });

  test("is asked for when the key grows old: as a warning first, then as a page", async () => {
    wait(85 * daySeconds);
    expect((await after.check()).check.state).toBe("ok");
    wait(3 * daySeconds);
    const due = await after.check();
    expect({ state: due.check.state, codes: codesOf(due) }).toEqual({ state: "warn", codes: ["rotation-due", "pem-removable"] });
    wait(14 * daySeconds);
    expect((await after.check()).check.state).toBe("page");
    const third = newKey();
    const called = await deploy(service, [second, third]);
    expect((await called.check()).check.state).toBe("ok");
  });
});

describe("deploying a new key in place of the old one", async () => {
  const service = await startService({ now: start });
  const [old, next] = [newKey(), newKey()];
  const before = await deploy(service, [old]);
  const replaced = await deploy(service, [next]);

  test("stops publishing until consumers know the new key, and leaves published certificates valid", async () => {
    await before.check();
    const { licenseId, at } = await issueLicense(before, "free-trial");
    service.clock.advance(1);
    const report = await replaced.check();
    expect(statesOf(report)).toEqual({ [old.kid]: "active", [next.kid]: "pending" });
    expect(report.check.state).toBe("page");
    expect(codesOf(report)).toContain("active-key-not-in-secret");
    const changed = await replaced.call("PATCH", at, { body: { name: "another" } });
    expect(changed.body.certificate.state).toBe("skipped");
    expect(await reconcile(replaced.runtime)).toMatchObject({ published: 0, stopped: "unconfigured" });
    expect((await holds(replaced, licenseId))?.kid).toBe(old.kid);

    service.clock.advance(policy.pendingForSeconds);
    const taken = await replaced.check();
    expect(statesOf(taken)).toEqual({ [old.kid]: "retiring", [next.kid]: "active" });
    expect(await jwksOf(replaced)).toEqual([old.kid, next.kid]);
    const { published } = await reconcile(replaced.runtime);
    expect(published).toBe(1);
    expect((await holds(replaced, licenseId))?.claims.license.sequence).toBe(changed.body.license.sequence);
  });
});

describe("the key table", async () => {
  const service = await startService({ now: start });
  const keys = [newKey(), newKey(), newKey()] as const;
  const all = await deploy(service, keys);
  const { runtime } = all;
  const jwk = ({ pem }: NamedKey) => parsePrivateKeys(pem).map(({ publicJwk }) => publicJwk);
  const states = async () => Object.fromEntries((await readKeyTable(runtime)).keys.map(({ kid, state }) => [kid, state]));

  test("takes each step once if sixteen checks run at once", async () => {
    const processes = await Promise.all(Array.from({ length: 16 }, () => deploy(service, keys)));
    const reports = await Promise.all(processes.map(({ check }) => check()));
    const taken = reports.flatMap(codesOf).filter((code) => /^key-/.test(code)).sort();
    expect(taken.filter((code) => code === "key-activated")).toHaveLength(1);
    expect(await states()).toEqual({ [keys[0].kid]: "active", [keys[1].kid]: "pending", [keys[2].kid]: "pending" });
    service.clock.advance(policy.pendingForSeconds + 1);
    const swapped = await Promise.all(processes.map(({ check }) => check()));
    expect(swapped.flatMap(codesOf).filter((code) => code === "key-activated")).toHaveLength(1);
    expect(await states()).toEqual({ [keys[0].kid]: "retiring", [keys[1].kid]: "active", [keys[2].kid]: "pending" });
  });

  test("refuses steps whose precondition fails", async () => {
    const [retiring, active, pending] = keys;
    const untouched = await states();
    expect(await registerKeys(runtime, keys.flatMap(jwk))).toEqual([]);
    expect(await activateKey(runtime, { kid: retiring.kid, instead: active.kid })).toBe(false);
    expect(await activateKey(runtime, { kid: pending.kid, instead: retiring.kid })).toBe(false);
    expect(await activateKey(runtime, { kid: pending.kid, instead: null })).toBe(false);
    expect(await activateKey(runtime, { kid: "nobody", instead: active.kid })).toBe(false);
    expect(await retireKey(runtime, retiring.kid, policy)).toBe(false);
    expect(await retireKey(runtime, active.kid, policy)).toBe(false);
    expect(await denyKey(runtime, { kid: active.kid, from: "active", successor: null })).toBe(false);
    expect(await denyKey(runtime, { kid: active.kid, from: "active", successor: "nobody" })).toBe(false);
    expect(await denyKey(runtime, { kid: active.kid, from: "pending", successor: pending.kid })).toBe(false);
    expect(await states()).toEqual(untouched);
  });

  test("refuses a second active key even to its owner", async () => {
    const write = service.owner.write(sql`update licensing."SigningKey" set state = 'active' where kid = ${keys[2].kid}`);
    await expect(write).rejects.toSatisfy((error) => error instanceof DatabaseError && error.constraint === "SigningKey_one_active_key");
  });

  test("begins a second rotation only when the first is over", async () => {
    service.clock.advance(10 * policy.pendingForSeconds);
    const report = await all.check();
    expect(statesOf(report)[keys[2].kid]).toBe("pending");
    expect(report.check.findings).toContainEqual(expect.objectContaining({ kid: keys[2].kid, detail: "Becomes active when the retiring key is retired." }));
    service.clock.advance(policy.retireAfterSeconds);
    expect(statesOf(await all.check())).toEqual({ [keys[0].kid]: "retired", [keys[1].kid]: "retiring", [keys[2].kid]: "active" });
  });
});

describe("the check", async () => {
  const service = await startService({ now: start });
  const key = newKey();
  const found = async (deployed: Deployed) => {
    const { check } = await deployed.check();
    return { state: check.state, codes: check.findings.filter(({ state }) => state !== "ok").map(({ code }) => code) };
  };

  test("pages if there is no key and no secret, and logs both by their old messages", async () => {
    const bare = await deploy(service, [], { APP_ENV_APPLICATION_SECRET: undefined });
    expect(await found(bare)).toEqual({ state: "page", codes: ["signing-key-missing", "application-secret-missing", "active-key-missing"] });
    expect(bare.printed.join("\n")).toContain("Ed25519 private key not configured");
    expect(bare.printed.join("\n")).toContain("Application secret not configured");
  });

  test("pages if the PEMs can't be parsed, and shows nothing of them", async () => {
    const garbled = await deploy(service, [], { APP_ENV_LICENSING_ED25519_PRIVATE_KEY: key.pem.replace("MC4C", "MC5C") });
    const { state, codes } = await found(garbled);
    expect(state).toBe("page");
    expect(codes).toContain("secret-unreadable");
    expect(garbled.printed.join("\n")).not.toContain(key.pem.split("\n")[1]?.slice(8, 40));
  });

  test("finds nothing if consumers get the verifying keys, over the public address too", async () => {
    const inside = await deploy(service, [key]);
    await inside.check();
    const outside = await deploy(service, [key], { APP_ENV_LICENSING_PUBLIC_URL: inside.origin });
    expect(await found(outside)).toEqual({ state: "ok", codes: [] });
  });

  test("pages if the public address answers with other keys", async () => {
    const other = await startService({ now: start });
    await (await deploy(other, [newKey()])).check();
    const mistaken = await deploy(service, [key], { APP_ENV_LICENSING_PUBLIC_URL: other.origin });
    expect(await found(mistaken)).toEqual({ state: "page", codes: ["signer-mismatch"] });
  });

  test("warns if the public address doesn't answer, and activates no key", async () => {
    const next = newKey();
    const unreachable = await deploy(service, [key, next], { APP_ENV_LICENSING_PUBLIC_URL: "http://127.0.0.1:9" });
    expect(await found(unreachable)).toEqual({ state: "warn", codes: ["jwks-unreadable"] });
    service.clock.advance(policy.pendingForSeconds);
    const report = await unreachable.check();
    expect(statesOf(report)[next.kid]).toBe("pending");
    expect(codesOf(report)).toContain("pending-blocked");
    expect(statesOf(await (await deploy(service, [key, next])).check())[next.kid]).toBe("active");
  });

  test("is run by POST /keys/check, once for each Idempotency-Key", async () => {
    const asked = await deploy(service, [key]);
    const ask = (headers: Record<string, string> = {}) => asked.call("POST", `${base}/keys/check`, { body: {}, headers });
    const first = await ask({ "idempotency-key": "check-1" });
    expect(first.status, first.text).toBe(200);
    service.clock.advance(5);
    const again = await ask({ "idempotency-key": "check-1" });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.body).toEqual(first.body);
    expect((await ask()).body.check.at).toBe(service.clock.now().toISOString());
    expect((await asked.call("POST", `${base}/keys/check`)).status).toBe(200);
    expect((await asked.call("POST", `${base}/keys/check`, { body: { x: 1 } })).status).toBe(400);
    for (const role of ["operator", "support", "service", "auditor"] as const) {
      const authorization = `Bearer ${await service.token(role)}`;
      expect((await asked.call("POST", `${base}/keys/check`, { body: {}, authorization })).status).toBe(403);
      expect((await asked.call("GET", `${base}/keys`, { authorization })).status).toBe(role === "support" ? 403 : 200);
    }
  });
});
