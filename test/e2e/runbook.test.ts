import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";

/** Every block of the runbook that says `sh try`, run as it stands against a running service. */
const service = await startService();
const root = path.join(import.meta.dirname, "../..");
const blocks = [...readFileSync(path.join(root, "infra/RUNBOOK.md"), "utf8").matchAll(/^( *)```sh try\n([\s\S]*?)^ *```/gm)].map(
  ([, indent = "", text = ""]) => text.split("\n").map((line) => line.slice(indent.length)).join("\n"),
);

const work = mkdtempSync(path.join(os.tmpdir(), "runbook-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

let environment: NodeJS.ProcessEnv;
beforeAll(async () => {
  const { licenseId } = await issueLicense(service, await createPolicy(service, { activationLimit: 2 }));
  const seat = await service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "machine-0001" } });
  environment = {
    PATH: `${path.dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
    HOME: work,
    WORK: work,
    URL: `${service.origin}${base}`,
    TOKEN: await service.token("admin"),
    ID: licenseId,
    ACTIVATION: String(seat.body.activation.id),
    DATABASE_URL: service.environment["APP_ENV_DATABASE_URL"],
  };
});

function run(script: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-euo", "pipefail", "-c", script], { cwd: root, env: environment, timeout: 50_000 });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}

describe("the runbook", () => {
  test("has commands to try", () => expect(blocks.length).toBeGreaterThan(8));

  test.each(blocks.map((block) => [block.trim().split("\n")[0] ?? "", block]))("works: %s", async (_first, block) => {
    const { code, output } = await run(block);
    expect(code, output).toBe(0);
  });
});
