import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { patient } from "../support/slowness.ts";
import { whenDone } from "../support/when-done.ts";
import type { Serving } from "./serving.ts";

/** The same work as the vendor's walk by the client, in one shell script over the command line. */
export function testCommandLineWalk(where: string, serving: Serving): void {
  test(`a vendor does the same by the command line alone, in one script, ${where}`, async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-walk-"));
    whenDone(() => rmSync(folder, { recursive: true, force: true }));
    const key = path.join(folder, "public.pem");
    writeFileSync(key, serving.publicKey);
    const environment = {
      PATH: `${path.dirname(process.execPath)}:${process.env["PATH"] ?? ""}`, HOME: folder, PUBLIC_KEY: key, PROGRAM: path.join(import.meta.dirname, "../../core/cli/licensing.mjs"),
      LICENSING_URL: serving.baseUrl, LICENSING_TOKEN: serving.tokens.admin, LICENSING_CONFIG: path.join(folder, "profiles.json"),
    };
    const { stdout } = await promisify(execFile)("bash", [path.join(import.meta.dirname, "cli-walk.sh"), randomBytes(4).toString("hex"), folder], { env: environment });
    expect(stdout).toMatch(/^done: [0-9]+\n$/);
  }, patient(180_000));
}
