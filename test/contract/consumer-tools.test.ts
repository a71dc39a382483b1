import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { signingKey } from "../support/certificate-fixture.ts";
import { commandOf, describeOn } from "../support/platforms.ts";
import { applicationSecret, audience, certify, issuer, licenseId } from "../unit/consumer-world.ts";
import { createProject } from "./consumer-package-project.ts";

const run = promisify(execFile);
const project = await createProject();

describeOn("@arethetypeswrong/cli", "@arethetypeswrong/cli", () => {
  test("finds no fault in the package's types under any resolution", async () => {
    const packed = await run("npm", ["pack", "--json", "--offline", "--ignore-scripts"], { cwd: project.installed });
    const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
    const { stdout } = await run(process.execPath, [commandOf("attw"), join(project.installed, filename), "--format", "json", "--no-definitely-typed"], { maxBuffer: 16_777_216 });
    const { analysis } = JSON.parse(stdout) as { analysis: { problems: readonly unknown[]; entrypoints: object } };
    expect(analysis.problems).toEqual([]);
    expect(Object.keys(analysis.entrypoints)).toHaveLength(13);
  });
});

const jestTest = `
const { licenseGate, SourceError } = require("@licensing/consumer");
const { licenseMiddleware } = require("@licensing/consumer/express");
const text = ${JSON.stringify(certify({ fingerprintRequired: false }, { issuedAtMs: Date.now() }))};
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
