import { expect, test } from "vitest";
import { lambdaFunction, variablesOf } from "../../infra/local/lambda/function.ts";
import { renderGraph } from "../infra/render/render.ts";
import { at, deployedFunctions } from "../infra/rules/query.ts";
import { patient } from "../support/slowness.ts";

/** Every setting, with the values of one machine. */
const environment = Object.fromEntries(["APP_ENV_STAGE", "APP_ENV_MIGRATION_DATABASE_URL", ...Object.values(variablesOf).flat()].map((name) => [name, name]));

/** The secrets that a deployment may leave out. */
const optional = {
  SST_SECRET_ApplicationSecretPrevious: "5e".repeat(32), SST_SECRET_IdentityAlgorithms: "ES256", SST_SECRET_IdentityAudienceClaim: "aud",
  SST_SECRET_IdentityRolesClaim: "roles", SST_SECRET_IdentityOrganizationClaim: "org",
  SST_SECRET_IdentityClientId: "console", SST_SECRET_IdentityScopes: "openid", SST_SECRET_IdentityAuthorizationParameters: "{}",
  SST_SECRET_IdentityEndpoints: '{"authorization":"https://identity.example.com/a","token":"https://identity.example.com/t"}',
  SST_SECRET_IdentityConnectOrigins: "https://identity.example.com",
};

test("on one machine a function has the variables, the memory and the time of the deployed one", async () => {
  const deployed = deployedFunctions(await renderGraph({ stage: "production", environment: optional }));
  const rows = deployed.flatMap(({ row, environment: variables, lambda }) => (row === undefined ? [] : [{ row, variables, lambda }]));
  expect(rows.length).toBeGreaterThan(40);
  for (const { row, variables, lambda } of rows) {
    const local = lambdaFunction(row, { bundles: "", environment });
    // SST's own variables are for links, and the deployment has none.
    const names = Object.keys(variables).filter((name) => !name.startsWith("SST_"));
    expect([row.function, Object.keys(local.environment).toSorted()]).toEqual([row.function, names.toSorted()]);
    expect([row.function, local.memoryMegabytes, local.timeoutMs / 1000]).toEqual([row.function, at(lambda, "memorySize"), at(lambda, "timeout")]);
  }
}, patient(120_000));
