import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { signingKey, withoutEnd } from "../support/certificate-fixture.ts";
import { commandOf, describeOn } from "../support/platforms.ts";
import { applicationSecret, audience, certify, issuer, licenseId } from "../unit/consumer-world.ts";
import { createProject, judged, thirdParties } from "./consumer-package-project.ts";

const run = promisify(execFile);
const project = await createProject();

describeOn("@arethetypeswrong/cli", "publint and @arethetypeswrong/cli", () => {
  test("find no fault in the package and in its types under any resolution", async () => {
    const { faults, entries } = await judged(project);
    expect(faults).toEqual([]);
    expect(entries).toHaveLength(13);
  });
});

test("the package holds the license of the dependency that its CommonJS modules contain", async () => {
  expect(await thirdParties(project)).toEqual(["@noble/ed25519"]);
});

const jestTest = `
const { licenseGate, SourceError } = require("@licensing/consumer");
const { licenseMiddleware } = require("@licensing/consumer/express");
const text = ${JSON.stringify(certify({ fingerprintRequired: false, ...withoutEnd }, { issuedAtMs: Date.now() }))};
const source = { format: "certificate", read: async (id) => (id === "${licenseId}" ? text : undefined) };
const options = { source, trust: { publicKeys: ${JSON.stringify(signingKey.publicPem)} }, applicationSecret: "${applicationSecret}", audience: "${audience}", issuer: "${issuer}" };
test("a service's own test, in Jest", async () => {
  const gate = licenseGate(options);
  expect(await gate.check("${licenseId}")).toMatchObject({ state: "active", code: "VALID" });
  expect(await gate.ready("42")).toMatchObject({ ok: false, problem: expect.stringMatching(/^source: /) });
  expect(new SourceError("FORBIDDEN").code).toBe("FORBIDDEN");
  const request = { headers: { "x-license-id": "${licenseId}" } };
  await licenseMiddleware({ gate, licenseId: { header: "X-License-Id" } })(request, {}, () => undefined);
  expect(request.license.state).toBe("active");
});`;

describeOn("jest", "Jest", () => {
  test("requires the published package without a transform or a flag", async () => {
    await project.write("service.test.cjs", jestTest);
    await writeFile(join(project.folder, "jest.config.json"), JSON.stringify({ testMatch: ["**/service.test.cjs"], transform: {}, rootDir: "." }));
    const { stderr } = await run(process.execPath, [commandOf("jest"), "--config", "jest.config.json", "--runInBand", "--no-cache"], { cwd: project.folder, env: { PATH: process.env["PATH"] } });
    expect(stderr).toContain("1 passed");
  });
});
