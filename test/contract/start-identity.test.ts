import { expect, test } from "vitest";
import { startMachine } from "../../infra/local/machine/machine.ts";
import type { Machine } from "../../infra/local/machine/machine.ts";
import { whenDone } from "../support/when-done.ts";

test("one machine passes APP_ENV_IDENTITY_* on, and its own issuer makes tokens that those settings accept", async () => {
  const machine = await startMachine({
    file: null,
    print: () => undefined,
    environment: {
      APP_ENV_IDENTITY_ALGORITHMS: "RS256 ES256",
      APP_ENV_IDENTITY_AUDIENCE: "console",
      APP_ENV_IDENTITY_AUDIENCE_CLAIM: "client_id",
      APP_ENV_IDENTITY_ROLES_CLAIM: "realm_access.roles",
      APP_ENV_IDENTITY_ORGANIZATION_CLAIM: "https://acme.example/org",
    },
  });
  whenDone(machine.close);
  const ask = async (body: object) => {
    const made = (await (await fetch(machine.issuer.tokenUrl, { method: "POST", body: JSON.stringify(body) })).json()) as { readonly token: string };
    const answer = await fetch(`${machine.origin}/v1/api/licensing/policies`, { headers: { authorization: `Bearer ${made.token}` } });
    return [answer.status, /error_description="([^"]*)"/.exec(answer.headers.get("www-authenticate") ?? "")?.[1]];
  };
  expect(machine.issuer.audience).toBe("console");
  expect(await ask({ sub: "ada", roles: ["licensing-admin"] })).toEqual([200, undefined]);
  expect(await ask({ sub: "ada", roles: ["licensing-admin"], alg: "ES256" })).toEqual([200, undefined]);
  expect(await ask({ sub: "ada", roles: ["licensing-admin"], alg: "PS256" })).toEqual([401, "not a token"]);
  expect(await ask({ sub: "ada", claims: { realm_access: { roles: ["offline_access", "licensing-auditor"] } } })).toEqual([200, undefined]);
  expect(await ask({ sub: "ada", claims: { roles: ["licensing-admin"] } })).toEqual([403, undefined]);
  expect(await ask({ sub: "ada", claims: { client_id: "another" } })).toEqual([401, "wrong audience"]);
});

const configOf = async ({ origin }: Machine): Promise<{ readonly status: number; readonly body: unknown }> => {
  const answer = await fetch(`${origin}/v1/api/licensing/console/config`);
  return { status: answer.status, body: await answer.json() };
};

async function machineWith(environment: Readonly<Record<string, string>>): Promise<Machine> {
  const machine = await startMachine({ file: null, print: () => undefined, environment });
  whenDone(machine.close);
  return machine;
}

test("the console's configuration names this machine's provider, its client and nothing else", async () => {
  const machine = await machineWith({});
  expect(await configOf(machine)).toEqual({
    status: 200,
    body: { issuer: machine.issuer.issuer, clientId: "licensing-console", scopes: ["openid"], audience: "licensing", authorizationParameters: {} },
  });
});

test("of another provider the console's configuration says what the settings say, and a null client without one", async () => {
  const elsewhere = { APP_ENV_IDENTITY_JWKS_URL: "https://identity.example.com/jwks.json", APP_ENV_IDENTITY_ISSUER: "https://identity.example.com", APP_ENV_IDENTITY_AUDIENCE: "acme" };
  const none = await machineWith(elsewhere);
  const body = { issuer: "https://identity.example.com", clientId: null, scopes: ["openid"], audience: "acme", authorizationParameters: {} };
  expect(await configOf(none)).toEqual({ status: 200, body });
  const endpoints = { authorization: "https://identity.example.com/authorize", token: "https://login.example.com/token" };
  const all = await machineWith({
    ...elsewhere,
    APP_ENV_IDENTITY_CLIENT_ID: "console",
    APP_ENV_IDENTITY_SCOPES: "openid offline_access",
    APP_ENV_IDENTITY_AUTHORIZATION_PARAMETERS: '{"audience":"acme"}',
    APP_ENV_IDENTITY_ENDPOINTS: JSON.stringify(endpoints),
  });
  expect(await configOf(all)).toEqual({
    status: 200,
    body: { ...body, clientId: "console", scopes: ["openid", "offline_access"], authorizationParameters: { audience: "acme" }, endpoints },
  });
});

test("a name that isn't this provider's address comes with the endpoints", async () => {
  const machine = await machineWith({ APP_ENV_IDENTITY_ISSUER: "https://identity.example.com" });
  const origin = new URL(machine.issuer.tokenUrl).origin;
  expect((await configOf(machine)).body).toMatchObject({
    issuer: "https://identity.example.com",
    clientId: "licensing-console",
    endpoints: { authorization: `${origin}/authorize`, token: `${origin}/oauth/token`, endSession: `${origin}/logout` },
  });
});
