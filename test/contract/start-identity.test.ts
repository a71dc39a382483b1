import { expect, test } from "vitest";
import { startMachine } from "../../infra/local/machine/machine.ts";
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
