import { sql } from "drizzle-orm";
import { newModelFromString } from "casbin";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createDecider } from "@licensing/core/access/decider.ts";
import type { Rule } from "@licensing/core/access/rule.ts";
import { forgetRules } from "@licensing/core/access/rules.store.ts";
import { base, startService } from "../support/service.ts";

/** Changes of rules and credentials over HTTP: they can't lock their author out, and any number of rules leaves every call answered. */
const service = await startService({ now: "2026-11-23T12:00:00.000Z" });
const { call, owner, token } = service;

const seededRules = sql`select count(*)::int as count from licensing."PolicyDefinition"`;
const [[before] = []] = await owner.read(seededRules);

beforeEach(async () => {
  await owner.write(sql`delete from licensing."PolicyDefinition" where subject not like 'role:licensing-%'`);
  await owner.write(sql`delete from licensing."PolicyDefinition" where effect = 'deny'`);
  forgetRules(service.runtime);
  expect(await owner.read(seededRules)).toEqual([[before]]);
});

const add = (rule: Readonly<Record<string, unknown>>, authorization?: string, headers: Readonly<Record<string, string>> = {}) =>
  call("POST", `${base}/policy-definitions`, { body: rule, headers, ...(authorization === undefined ? {} : { authorization }) });
const bearer = async (role: "admin" | null, subject: string) => `Bearer ${await token(role, subject)}`;
const grant = (subject: string, target: string, effect = "allow") => ({ variant: "grant", subject, target, effect });
const refused = [409, "rules-need-an-administrator"];
const outcome = ({ status, body }: Awaited<ReturnType<typeof call>>) => [status, (body as { readonly code?: string } | undefined)?.code];

describe("a change after which its caller could no longer change access is refused:", () => {
  test.each([
    ["denies the caller everything", grant("user:admin", "*", "deny")],
    ["denies the caller access:write", grant("user:admin", "access:write", "deny")],
    ["denies the caller's role access:write", grant("role:licensing-admin", "access:write", "deny")],
  ])("a rule that %s", async (_, rule) => {
    expect(outcome(await add(rule))).toEqual(refused);
    expect(await owner.read(seededRules)).toEqual([[before]]);
    expect((await call("GET", `${base}/policy-definitions`)).status).toBe(200);
  });

  test("a rule by which the caller or its role inherits, directly or not, from a role that is denied access:write", async () => {
    expect((await add(grant("role:shut", "access:write", "deny"))).status).toBe(201);
    expect((await add({ variant: "role_inherits", subject: "role:far", target: "role:shut" })).status).toBe(201);
    expect(outcome(await add({ variant: "role_inherits", subject: "role:licensing-admin", target: "role:far" }))).toEqual(refused);
    expect(outcome(await add({ variant: "assign_role", subject: "user:admin", target: "role:far" }))).toEqual(refused);
    expect((await add({ variant: "assign_role", subject: "user:somebody-else", target: "role:far" })).status).toBe(201);
  });

  test("removing the grant, the role or the inheritance that gives the caller access:write", async () => {
    const eve = await bearer(null, "eve");
    for (const rule of [
      { variant: "assign_role", subject: "user:eve", target: "role:keeper" },
      { variant: "role_inherits", subject: "role:keeper", target: "role:writer" },
      grant("role:writer", "access:write"),
    ]) {
      expect((await add(rule)).status).toBe(201);
    }
    const { body } = await call("GET", `${base}/policy-definitions?limit=100`);
    const own = (body.data as readonly { readonly id: string; readonly subject: string }[]).filter(({ subject }) => ["user:eve", "role:keeper", "role:writer"].includes(subject));
    expect(own).toHaveLength(3);
    for (const { id } of own) {
      expect(outcome(await call("DELETE", `${base}/policy-definitions/${id}`, { authorization: eve }))).toEqual(refused);
      expect((await call("GET", `${base}/policy-definitions`)).status).toBe(200);
    }
    // A caller who holds the permission by another rule may remove each of them.
    for (const { id } of own) expect((await call("DELETE", `${base}/policy-definitions/${id}`)).status).toBe(204);
  });

  test("deleting the caller's own credential; it may delete another one", async () => {
    const make = async () => (await call("POST", `${base}/credentials`, { body: { name: "keeper", roles: ["licensing-admin"] } })).body as { readonly clientId: string; readonly secret: string };
    const [own, other] = [await make(), await make()];
    const authorization = `Basic ${Buffer.from(`${own.clientId}:${own.secret}`).toString("base64")}`;
    const end = (clientId: string) => call("DELETE", `${base}/credentials/${clientId}`, { authorization });
    expect(outcome(await end(own.clientId))).toEqual(refused);
    expect((await end(other.clientId)).status).toBe(204);
    expect((await end(other.clientId)).status).toBe(204);
    expect((await end("svc_nobody")).status).toBe(404);
    expect((await call("DELETE", `${base}/credentials/${own.clientId}`)).status).toBe(204);
    expect(outcome(await add(grant("role:x", "key:read"), authorization))).toEqual(refused);
  });

  test("but the replay of an accepted change is answered as the change was", async () => {
    const headers = { "idempotency-key": "rules-replay-1" };
    const eve = await bearer(null, "eve");
    await add(grant("user:eve", "access:write"));
    const first = await add(grant("role:x", "key:read"), eve, headers);
    const again = await add(grant("role:x", "key:read"), eve, headers);
    expect([first.status, again.status, again.headers.get("idempotent-replayed"), again.body]).toEqual([201, 201, "true", first.body]);
    expect((await add(grant("role:x", "key:read"))).status).toBe(200);
  });

  test("control: such a denial, written into the table by hand, ends the caller's access", async () => {
    await owner.write(sql`insert into licensing."PolicyDefinition" (variant, subject, target, effect) values ('grant', 'role:licensing-admin', '*', 'deny')`);
    service.clock.advance(61);
    expect((await call("GET", `${base}/policy-definitions`)).status).toBe(403);
  });
});

describe("however many rules there are", () => {
  const fill = (count: number, variant: "grant" | "assign_role") => owner.write(sql`
    insert into licensing."PolicyDefinition" (variant, subject, target, effect)
    select ${variant}, case when ${variant} = 'grant' then 'role:filler-' else 'user:filler-' end || n,
      case when ${variant} = 'grant' then 'license:read' else 'role:licensing-support' end, 'allow' from generate_series(1, ${count}::int) n`);

  test("20,001 assigned roles stop no call, and the last one assigned works", async () => {
    await fill(20_001, "assign_role");
    forgetRules(service.runtime);
    const support = await bearer(null, "filler-20001");
    expect((await call("GET", `${base}/policies`, { authorization: support })).status).toBe(200);
    expect((await call("GET", `${base}/policies`, { authorization: await bearer(null, "filler-20002") })).status).toBe(403);
    expect((await add({ variant: "assign_role", subject: "user:one-more", target: "role:licensing-support" })).status).toBe(201);
  });

  test("5,000 rules that grant, deny or inherit are accepted, one more is 409, and a repeated one is still 200", async () => {
    const others = Number(before?.["count"]);
    await fill(4_999 - others, "grant");
    forgetRules(service.runtime);
    expect((await add(grant("role:last", "key:read"))).status).toBe(201);
    expect(outcome(await add(grant("role:one-more", "key:read")))).toEqual([409, "rules-full"]);
    expect(outcome(await add({ variant: "role_inherits", subject: "role:one-more", target: "role:last" }))).toEqual([409, "rules-full"]);
    expect((await add(grant("role:last", "key:read"))).status).toBe(200);
    expect((await add({ variant: "assign_role", subject: "user:one-more", target: "role:licensing-support" })).status).toBe(201);
  });

  test("20,001 grants written into the table by hand stop no call", async () => {
    await fill(20_001, "grant");
    forgetRules(service.runtime);
    expect((await call("GET", `${base}/policies`)).status).toBe(200);
    expect(outcome(await add(grant("role:one-more", "key:read")))).toEqual([409, "rules-full"]);
  });
});

describe("the decider", () => {
  const rulesOf = (count: number): Rule[] => Array.from({ length: count }, (_rule, index) => ({ variant: "grant", subject: `role:r${index}`, target: "key:read", effect: "allow" }));

  /** How many elements Casbin compares in searches while `give` adds rules. */
  async function comparedBy(give: () => unknown): Promise<number> {
    let compared = 0;
    const own = Array.prototype.some;
    const counting = vi.spyOn(Array.prototype, "some").mockImplementation(function (this: unknown[], test) {
      return own.call(this, (...each) => {
        compared += 1;
        return test(...each);
      });
    });
    await give();
    counting.mockRestore();
    return compared;
  }

  test("compares no rule with another when it is built; control: rules that are added one by one are compared with all before them", async () => {
    expect(await comparedBy(() => createDecider(rulesOf(1_000)))).toBeLessThan(1_000);
    const oneByOne = newModelFromString("[request_definition]\nr = s\n[policy_definition]\np = s\n[policy_effect]\ne = some(where (p.eft == allow))\n[matchers]\nm = r.s == p.s");
    expect(await comparedBy(() => rulesOf(1_000).forEach(({ subject }) => oneByOne.addPolicy("p", "p", [subject])))).toBeGreaterThan(400_000);
  });

  test("gives callers with equal rules equal results, whatever their names", async () => {
    const decider = await createDecider(rulesOf(3));
    expect(decider.heldBy(["user:a", "role:r1", "role:none"])).toEqual(decider.heldBy(["role:r1", "user:b"]));
    expect(decider.heldBy(["user:a"])).toEqual([]);
  });
});
