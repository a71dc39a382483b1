import { sql } from "drizzle-orm";
import { newModelFromString } from "casbin";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createDecider } from "@licensing/core/access/decider.ts";
import type { Rule } from "@licensing/core/access/rule.ts";
import { deletePolicyDefinition } from "@licensing/core/access/rule.store.ts";
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

  test("but not removing a rule that differs from the caller's only one in one member, nor one of two roles that give access:write", async () => {
    const eve = await bearer(null, "eve");
    const remove = async (id: string) => outcome(await call("DELETE", `${base}/policy-definitions/${id}`, { authorization: eve }));
    const idOf = async (rule: Readonly<Record<string, unknown>>) => String((await add(rule)).body.id);
    const own = await idOf(grant("user:eve", "access:write"));
    // The last has the subject and the target of the grant, which no rule of its variant can have over HTTP.
    const [[byHand] = []] = await owner.read(sql`insert into licensing."PolicyDefinition" (variant, subject, target, effect)
      values ('role_inherits', 'user:eve', 'access:write', 'allow') returning id::text as id`);
    const others = [await idOf(grant("user:eve", "key:read")), await idOf(grant("user:ada", "access:write")), await idOf(grant("user:eve", "access:read", "deny")), String(byHand?.["id"])];
    for (const id of others) expect(await remove(id)).toEqual([204, undefined]);
    const roles = [];
    for (const role of ["role:one", "role:two"]) {
      await add(grant(role, "access:write"));
      roles.push(await idOf({ variant: "assign_role", subject: "user:eve", target: role }));
    }
    const foreign = await idOf({ variant: "assign_role", subject: "user:ada", target: "role:two" });
    for (const id of [own, roles[0], foreign]) expect(await remove(String(id))).toEqual([204, undefined]);
    expect(await remove(String(roles[1]))).toEqual(refused);
  });

  test("and the refusal says what the caller would lose", async () => {
    expect((await add(grant("user:admin", "*", "deny"))).body.detail).toBe("After this change you would not hold access:write any more.");
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

describe("a rule", () => {
  test("that is added is created once, and the same rule is then answered unchanged, also if it is the caller's own", async () => {
    const eve = await bearer(null, "eve");
    const rule = grant("user:eve", "access:write");
    const first = await add(rule);
    expect([first.status, first.body]).toEqual([201, { ...rule, id: first.body.id }]);
    for (const by of [undefined, eve]) {
      const again = await add(rule, by);
      expect([again.status, again.body]).toEqual([200, first.body]);
    }
  });

  test("is removed once; one that isn't there is 404, and nothing is changed", async () => {
    const { body } = await add(grant("role:x", "key:read"));
    const remove = (id: string) => call("DELETE", `${base}/policy-definitions/${id}`);
    expect([(await remove(String(body.id))).status, (await remove(String(body.id))).status, (await remove("1")).status]).toEqual([204, 404, 404]);
    expect(await owner.read(seededRules)).toEqual([[before]]);
  });

  test("is in exactly one page of the list, in the order of ids", async () => {
    for (const role of ["role:a", "role:b", "role:c"]) await add(grant(role, "key:read"));
    const [all = []] = await owner.read(sql`select id::text as id from licensing."PolicyDefinition" order by "PolicyDefinition".id`);
    const pages: string[][] = [];
    for (let path: string | undefined = `${base}/policy-definitions?limit=2`; path !== undefined && pages.length <= all.length;) {
      const { body, headers } = await call("GET", path);
      pages.push((body.data as readonly { readonly id: string }[]).map(({ id }) => id));
      path = /^<(.+)>/.exec(headers.get("link") ?? "")?.[1];
    }
    expect(pages.flat()).toEqual(all.map(({ id }) => String(id)));
    expect(pages.slice(0, -1).every(({ length }) => length === 2)).toBe(true);
  });

  test("takes effect with the answer in the process that changed it", async () => {
    const eve = await bearer(null, "eve");
    const sees = async () => (await call("GET", `${base}/policies`, { authorization: eve })).status;
    expect(await sees()).toBe(403);
    const { body } = await add({ variant: "assign_role", subject: "user:eve", target: "role:licensing-support" });
    expect(await sees()).toBe(200);
    await call("DELETE", `${base}/policy-definitions/${body.id}`);
    expect(await sees()).toBe(403);
  });
});

describe("a change of rules", () => {
  test("that never finds the rules as it read them is tried eight times, changes nothing, and may be repeated after a second", async () => {
    const seen: string[] = [];
    const crowded = await startService({
      rewriteSql: (query) => {
        if (query.includes("held as materialized")) seen.push(query);
        return query.replace("held as materialized (select 1 where ", "held as materialized (select 1 where 'a change between' <> 'a change between' and ");
      },
    });
    const answer = await crowded.call("POST", `${base}/policy-definitions`, { body: grant("role:x", "key:read") });
    expect([outcome(answer), answer.headers.get("retry-after"), seen.length]).toEqual([[503, "dependency-unavailable"], "1", 8]);
    expect(await crowded.owner.read(seededRules)).toEqual([[before]]);
  });

  test("has a user or a service for its author", async () => {
    for (const actor of [{ type: "license", id: "1", keyDigest: "" }, { type: "system", id: "sweep" }] as const) {
      await expect(deletePolicyDefinition(service.runtime, { actor }, "1")).rejects.toThrow(new TypeError(`a ${actor.type} can't change access`));
    }
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
    const full = await add(grant("role:one-more", "key:read"));
    expect([...outcome(full), full.body.detail]).toEqual([409, "rules-full", "There are 5000 rules that grant, deny or inherit; at most 5000 are allowed."]);
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
