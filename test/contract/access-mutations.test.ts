import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { permissions } from "@licensing/core/access/permission.ts";
import type { Permission } from "@licensing/core/access/permission.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import type { Handler } from "@licensing/core/endpoint/edge.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { routes } from "../../infra/routes.ts";
import type { TableRow } from "../support/access-table.ts";
import { accessTable, roles } from "../support/access-table.ts";
import { createEdgeWorld } from "./edge-world.ts";
import { gatewayEvent } from "../support/gateway-event.ts";

/**
 * The service can't match the table of permissions by accident: each rule and each route's permission is changed in turn, and
 * the comparison with the table notices. Requests are malformed, so an admitted caller is answered 400 and nothing is changed.
 */
const world = await createEdgeWorld();

type Probed = { readonly row: TableRow; readonly contract: { permission: Contract["permission"] }; readonly handler: Handler };
const probed: readonly Probed[] = await Promise.all(
  [...accessTable.entries()].map(async ([name, row]) => {
    const route = routes.find(({ method, path }) => `${method} ${path}` === name);
    const module = (await import(new URL(`../../functions/${route?.function}.ts`, import.meta.url).href)) as { contract: Contract; handler: Handler };
    return { row, contract: module.contract, handler: module.handler };
  }),
);

/** Callers with their credentials: one for each seeded role, one without a role, and one for each permission alone. */
const only = (permission: Permission) => `only-${permission}`;
const callers: Readonly<Record<string, string | undefined>> = {
  anonymous: undefined,
  holder: world.bearer({ sub: "ada" }),
  ...Object.fromEntries(roles.map((role) => [role, world.bearer({ sub: `a-${role}`, roles: [`licensing-${role}`] })])),
  ...Object.fromEntries(permissions.map((permission) => [only(permission), world.bearer({ sub: "one", roles: [only(permission)] })])),
};

beforeAll(async () => {
  for (const permission of permissions) await addRule(`role:${only(permission)}`, permission);
});
const addRule = (subject: string, target: string) =>
  world.owner.write(sql`insert into licensing."PolicyDefinition" (variant, subject, target) values ('grant', ${subject}, ${target})`);
const removeRule = (subject: string, target: string) =>
  world.owner.write(sql`delete from licensing."PolicyDefinition" where variant = 'grant' and subject = ${subject} and target = ${target}`);

type Door = "in" | "401" | "403";

async function knock({ row, handler }: Probed, caller: string, runtime: Runtime): Promise<Door> {
  const authorization = callers[caller];
  const params = Object.fromEntries([...row.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => [name, "1"]));
  const headers = { ...(authorization === undefined ? {} : { authorization }), "content-type": "application/json" };
  const event = gatewayEvent({ routeKey: `${row.method} ${row.path}`, params, query: "no-such-parameter=1&no-such-parameter=2", headers, body: "{" });
  const { statusCode } = await handler(event, {}, runtime);
  if (statusCode === 401 || statusCode === 403) return `${statusCode}`;
  if (statusCode !== 400) throw new Error(`${caller} ${row.method} ${row.path}: ${statusCode}`);
  return "in";
}

function expectedOf({ statuses, permission }: TableRow, caller: string): Door {
  if (permission === "public") return "in";
  if (permission === "any") return caller === "anonymous" ? "401" : "in";
  if (caller.startsWith("only-")) return caller === only(permission) ? "in" : "403";
  const status = (statuses as Readonly<Record<string, number>>)[caller];
  return status === 401 || status === 403 ? `${status}` : "in";
}

/** The cells in which the service differs from the table, as `caller METHOD path`. */
async function differences(runtime: Runtime, { among = Object.keys(callers), of = probed }: { readonly among?: readonly string[]; readonly of?: readonly Probed[] } = {}) {
  const found: string[] = [];
  for (const one of of) {
    for (const caller of among) {
      if ((await knock(one, caller, runtime)) !== expectedOf(one.row, caller)) found.push(`${caller} ${one.row.method} ${one.row.path}`);
    }
  }
  return found;
}

async function seededGrants(): Promise<readonly { readonly subject: string; readonly target: string }[]> {
  const [rows = []] = await world.owner.read(sql`
    select subject, target from licensing."PolicyDefinition" where variant = 'grant' and subject like 'role:licensing-%' order by id`);
  return rows as unknown as readonly { subject: string; target: string }[];
}
const grants = await seededGrants();
const roleOf = (subject: string) => subject.replace("role:licensing-", "");

// Time stands still, so a holder's calls would reach their limit.
beforeEach(() => void (world.clock.nowMs += 5_000));

test("the unchanged service differs from the table in no cell", async () => {
  expect(await differences(world.createProcess())).toEqual([]);
});

describe("removing one seeded rule", () => {
  test.each(grants)("$subject $target changes the cells of that role, and no others", async ({ subject, target }) => {
    await removeRule(subject, target);
    const noticed = await differences(world.createProcess(), { among: ["anonymous", "holder", ...roles] });
    await addRule(subject, target);
    expect(noticed.length).toBeGreaterThan(0);
    expect(noticed.filter((cell) => !cell.startsWith(`${roleOf(subject)} `))).toEqual([]);
  });
});

const missing = roles
  .filter((role) => role !== "admin")
  .flatMap((role) => permissions.map((target) => ({ subject: `role:licensing-${role}`, target })))
  .filter(({ subject, target }) => !grants.some((grant) => grant.subject === subject && grant.target === target));

describe("adding one rule that the seed doesn't have", () => {
  test.each(missing)("$subject $target is noticed", async ({ subject, target }) => {
    await addRule(subject, target);
    const noticed = await differences(world.createProcess(), { among: [roleOf(subject)] });
    await removeRule(subject, target);
    expect(noticed.length).toBeGreaterThan(0);
  });
});

describe("giving a route another permission", () => {
  const runtime = world.createProcess();
  const guarded = probed.filter(({ row }) => row.permission !== "public").map((one) => ({ one, name: `${one.row.method} ${one.row.path}` }));
  const original = new Map(probed.map(({ contract }) => [contract, contract.permission]));
  afterAll(() => original.forEach((permission, contract) => (contract.permission = permission)));

  async function noticedWith(one: Probed, permission: Contract["permission"]): Promise<readonly string[]> {
    const { contract } = one;
    const before = contract.permission;
    contract.permission = permission;
    try {
      return await differences(runtime, { of: [one] });
    } finally {
      contract.permission = before;
    }
  }

  test.each(guarded)("$name: no permission at all is noticed", async ({ one }) => {
    expect((await noticedWith(one, "public")).some((cell) => cell.startsWith("anonymous "))).toBe(true);
  });
  test.each(guarded)("$name: each other permission is noticed", async ({ one, name }) => {
    for (const other of permissions) {
      if (other === one.row.permission) continue;
      expect([name, other, (await noticedWith(one, other)).length > 0]).toEqual([name, other, true]);
    }
  });
});
