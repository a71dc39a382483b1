import { expect, test } from "vitest";
import { base, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { isEverBroken } from "./unlocked.ts";

/** Two administrators deny access to each other at the same time, in this many rounds. */
const rounds = 30;
const service = await startService();
/** The control: the same service without the lock and without the check under it. */
const unlocked = await startService({
  rewriteSql: (query) => query.replace(/select pg_advisory_xact_lock\((\$\d+)\)/, "select $1::bigint").replace("(select 1 where (select md5", "(select 1 where true or (select md5"),
});

const add = async ({ call, token }: Service, by: string, rule: Readonly<Record<string, unknown>>) =>
  (await call("POST", `${base}/policy-definitions`, { body: rule, authorization: `Bearer ${await token(by === "admin" ? "admin" : null, by)}` })).status;
const grant = (subject: string, effect: "allow" | "deny") => ({ variant: "grant", subject: `user:${subject}`, target: "access:write", effect });

let pairs = 0;

/** How many of the two denials were accepted. */
async function accepted(of: Service): Promise<number> {
  pairs += 1;
  const [one, other] = [`one-${pairs}`, `other-${pairs}`];
  for (const subject of [one, other]) expect(await add(of, "admin", grant(subject, "allow"))).toBe(201);
  const statuses = await Promise.all([add(of, one, grant(other, "deny")), add(of, other, grant(one, "deny"))]);
  for (const status of statuses) expect([201, 403, 409]).toContain(status);
  return statuses.filter((status) => status === 201).length;
}

test("of two administrators who deny each other at once, one is refused in every round", async () => {
  for (let round = 0; round < rounds; round += 1) expect(await accepted(service)).toBe(1);
});

test("control: without the lock and the check under it both are accepted in some round", async () => {
  expect(await isEverBroken(async () => (await accepted(unlocked)) === 2)).toBe(true);
});
