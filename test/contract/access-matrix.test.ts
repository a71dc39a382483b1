import { describe, expect, test } from "vitest";
import { routes } from "../../infra/routes.ts";
import type { Column, TableRow } from "../support/access-table.ts";
import { accessTable, columns, roles } from "../support/access-table.ts";
import type { Case } from "../support/conformance-cases.ts";
import { cases, issue } from "../support/conformance-cases.ts";
import type { JsonReply, Service } from "../support/conformance-service.ts";
import { startService } from "../support/conformance-service.ts";

/** Calls every route as every kind of caller, over HTTP, with a request that is valid but for its caller. */
const started = await startService();

/** The key of each license that was issued here, newest last. */
const keys: { readonly id: string; readonly key: string }[] = [];
const service: Service = {
  ...started,
  send: async (method, path, options) => {
    const reply = await started.send(method, path, options);
    const { license, key } = reply.body as { readonly license?: { readonly id: string }; readonly key?: string };
    if (reply.status === 201 && license !== undefined && key !== undefined) keys.push({ id: license.id, key });
    return reply;
  },
};
const own = () => keys.at(-1) ?? { id: "", key: "" };

const bob = await started.send("POST", "/licenses", { body: { policy: service.policy, holder: { type: "user", id: "bob" } } });
const foreign = (bob.body["license"] as { readonly id: string }).id;
const created = await Promise.all(
  roles.map((role) => started.send("POST", "/credentials", { body: { name: role, roles: [`licensing-${role}`] } })),
);
const basics = created.map(({ body }) => `Basic ${Buffer.from(`${String(body["clientId"])}:${String(body["secret"])}`).toString("base64")}`);

/** A caller's credential; `made` is the request's license, if it has one. */
async function credentialOf(column: Column): Promise<string> {
  switch (column) {
    case "anonymous":
      return "";
    case "holder":
      return service.bearer({ sub: "ada" });
    case "stranger":
      return service.bearer({ sub: "eve" });
    case "key":
      return `License ${own().key}`;
    case "other-key":
      return `License ${(await issue(started)).key}`;
    case "admin":
    case "operator":
    case "support":
    case "service":
    case "auditor":
      return service.bearer({ sub: `a-${column}`, roles: [`licensing-${column}`] });
  }
}

const functionOf = new Map(routes.map((route) => [`${route.method} ${route.path}`, route.function]));

async function goodRequest(row: TableRow): Promise<Case> {
  const make = cases[functionOf.get(`${row.method} ${row.path}`) ?? ""];
  if (make === undefined) throw new Error(`no case for ${row.method} ${row.path}`);
  const before = keys.length;
  const good = await make(service);
  // A caller with a license key needs a license, also if the request names none.
  if (keys.length === before) await issue(service);
  return good;
}

/** Makes the good request that a test sends for one caller after the other, and makes it anew after a call that may have used it up. */
function requests(row: TableRow) {
  let ready: Case | undefined;
  return {
    next: async () => (ready ??= await goodRequest(row)),
    note: ({ status }: JsonReply) => {
      if (row.method !== "GET" && status < 400) ready = undefined;
    },
  };
}

function send(row: TableRow, { params = {}, body }: Case, authorization: string): Promise<JsonReply> {
  const path = row.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? "");
  return started.send(row.method, path, { headers: { authorization }, ...(body === undefined ? {} : { body }) });
}

/** The ids of the licenses that a list shows. */
function shown(reply: JsonReply): readonly string[] {
  const data = (reply.body["data"] ?? []) as readonly { readonly id?: string; readonly licenseId?: string; readonly license?: { readonly id: string } }[];
  return data.flatMap(({ id, licenseId, license }) => licenseId ?? license?.id ?? id ?? []);
}

test("the table of permissions has every route, and no other", () => {
  const rows = routes.filter(({ method }) => method !== "ANY").map(({ method, path }) => `${method} ${path}`);
  expect([...accessTable.keys()].toSorted()).toEqual(rows.toSorted());
});

describe.each([...accessTable.values()].map((row) => ({ ...row, name: `${row.method} ${row.path}` })))("$name", (row) => {
  test("answers each kind of caller as the table says", async () => {
    const statuses: Partial<Record<Column, number>> = {};
    const { next, note } = requests(row);
    for (const column of columns) {
      const reply = await send(row, await next(), await credentialOf(column));
      note(reply);
      statuses[column] = reply.status;
      if (row.permission === "public" || reply.status !== 200) continue;
      if (column === "holder") expect(shown(reply)).not.toContain(foreign);
      if (column === "stranger") expect(shown(reply)).toEqual([]);
      if (column === "key") expect(new Set([own().id, ...shown(reply)])).toEqual(new Set([own().id]));
      if (column === "other-key") expect(shown(reply)).not.toContain(own().id);
    }
    expect(statuses).toEqual(row.statuses);
  });

  test("answers a service credential with a role as it answers a token with that role", async () => {
    const { next, note } = requests(row);
    for (const [index, role] of roles.entries()) {
      const reply = await send(row, await next(), basics[index] ?? "");
      note(reply);
      expect([role, reply.status]).toEqual([role, row.statuses[role]]);
    }
  });
});
