import { expect, test } from "vitest";
import { holderPermissions, licensePermissions, permissions } from "@licensing/core/access/permission.ts";
import type { CallOptions } from "../support/service.ts";
import { base, startService } from "../support/service.ts";
import { permissionsOf } from "../support/access-table.ts";

const service = await startService();

async function me(authorization: string | null) {
  const options: CallOptions = { authorization };
  return service.call("GET", `${base}/me`, options);
}
const token = async (...args: Parameters<typeof service.token>) => `Bearer ${await service.token(...args)}`;
const reach = (held: Iterable<string>, to: "all" | "own") => Object.fromEntries([...held].map((permission) => [permission, to]));

test.each(["admin", "operator", "support", "service", "auditor"] as const)("a token of the role %s reads the permissions of its row in the access table", async (role) => {
  const { status, body } = await me(await token(role, "somebody"));
  expect([status, body.actor, body.roles]).toEqual([200, { type: "user", id: "somebody" }, [`licensing-${role}`]]);
  for (const permission of permissionsOf(role)) expect([permission, body.permissions[permission]]).toEqual([permission, "all"]);
  if (role === "admin") expect(body.permissions).toEqual(reach(permissions, "all"));
});

test("a token without a role reads itself and its organization as holders, and a holder's permissions for its own licenses", async () => {
  expect((await me(await token(null, "ada", "acme"))).body).toEqual({
    actor: { type: "user", id: "ada" },
    roles: [],
    holders: [{ type: "user", id: "ada" }, { type: "organization", id: "acme" }],
    permissions: reach(holderPermissions, "own"),
  });
});

test("a license key reads its license as the actor, and a key's permissions for it", async () => {
  const issued = await service.call("POST", `${base}/licenses`, { body: { policy: "free-trial", holder: { type: "user", id: "ada" } } });
  expect((await me(`License ${issued.body.key}`)).body).toEqual({
    actor: { type: "license", id: issued.body.license.id }, roles: [], holders: [], permissions: reach(licensePermissions, "own"),
  });
});

test("a role that a rule assigns counts, a role that no rule names doesn't, and a denial removes its permission", async () => {
  const { body } = await service.call("POST", `${base}/credentials`, { body: { name: "Reports", roles: ["a-role-of-another-service"] } });
  const basic = `Basic ${Buffer.from(`${body.clientId}:${body.secret}`).toString("base64")}`;
  expect((await me(basic)).body).toMatchObject({ actor: { type: "service", id: body.clientId }, roles: [], holders: [], permissions: {} });
  const subject = `service:${body.clientId}`;
  await service.call("POST", `${base}/policy-definitions`, { body: { variant: "assign_role", subject, target: "role:licensing-auditor" } });
  await service.call("POST", `${base}/policy-definitions`, { body: { variant: "grant", subject, target: "event:read", effect: "deny" } });
  const after = (await me(basic)).body;
  expect(after.roles).toEqual(["licensing-auditor"]);
  expect(after.permissions).toMatchObject({ "license:read": "all", "activation:read": "all" });
  expect(after.permissions).not.toHaveProperty("event:read");
});

test("no credential, a wrong one and an unknown scheme are 401", async () => {
  for (const authorization of [null, "Bearer wrong", "License LIC-00000-00000-00000-00000-00000", "Digest x"]) {
    expect((await me(authorization)).status).toBe(401);
  }
});
