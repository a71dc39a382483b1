import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { base, startService } from "../support/service.ts";

/** The commands of the guides on the contract's page, as a reader types them one after another. */
const service = await startService();
const guides = readFileSync(path.join(import.meta.dirname, "../../infra/reference/guides.md"), "utf8");
const blocks = [...guides.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);

/** Runs commands in one shell; `curl` fails on a problem, too. */
async function shell(commands: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const here = commands.replace(/^URL=.*$/m, `URL=${service.origin}${base}`);
  const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", `curl() { command curl --fail-with-body "$@"; echo; }\n${here}`], { env: { PATH: process.env["PATH"], ...environment } });
  return stdout;
}

test("each command works: a token, the first license, a validation by its key", async () => {
  expect(blocks).toHaveLength(3);
  const [token = "", license = "", validate = ""] = blocks;
  const environment = { TOKEN_URL: service.issuer.tokenUrl };
  const lines = (await shell(`${token}${license}`, environment)).trim().split("\n").map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  expect(lines).toMatchObject([{ actor: { id: "ada" }, roles: ["licensing-admin"] }, { code: "pro-yearly" }, { license: { policy: "pro-yearly" }, key: expect.any(String) as string }]);
  const answer = await shell(validate, { URL: `${service.origin}${base}`, KEY: String(lines[2]?.["key"]) });
  expect(JSON.parse(answer)).toMatchObject({ valid: true, code: "VALID", seats: { used: 1, limit: 3 } });
});
