import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "@licensing/core/cli/run.ts";
import { publicJwks } from "@licensing/core/keyring/ring.ts";
import { parsePublicKeys } from "@licensing/core/keyring/verify-key.ts";
import { generateKey } from "@licensing/core/keyring/signing-key.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { startService } from "../support/service.ts";

const service = await startService();
const folder = mkdtempSync(path.join(os.tmpdir(), "command-lines-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function captured() {
  const said = { printed: "", told: "" };
  return { said, print: (text: string) => void (said.printed += text), tell: (text: string) => void (said.told += text) };
}

type Output = ReturnType<typeof captured>;

function licenseVerify(args: readonly string[], { print, tell }: Output, nowMs: number): Promise<number> {
  return run(["--no-json", "verify", ...args], { environment: {}, out: print, err: tell, isTerminal: false, readInput: async () => "", now: () => new Date(nowMs), signal: new AbortController().signal });
}

function save(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe("npm run license:verify", async () => {
  const license = await issueLicense(service, await createPolicy(service, { duration: "P1Y" }));
  const read = async () => (await service.call("GET", `${license.at}/certificate`, { headers: { accept: "application/x-license-file" } })).text;
  const good = save("good.license", await read());
  await service.call("POST", `${license.at}/suspend`);
  const suspended = save("suspended.license", await read());
  const given = await issueLicense(service, await createPolicy(service, { duration: "P1Y" }));
  const give = async (body: object) => (await service.call("POST", `${given.at}/file`, { body })).body.file as string;
  const machine = save("machine.license", await give({ fingerprint: "press-hall-0001" }));
  const shared = save("shared.license", await give({}));
  const key = save("public.pem", service.publicPem);
  const jwks = save("jwks.json", JSON.stringify(publicJwks(parsePublicKeys(service.publicPem))));
  const now = Date.now();
  const year = 366 * 86_400_000;

  test.each([
    ["a good file", [good, "--key", key], now, 0, "valid: VALID"],
    ["a call for help", ["--help"], now, 0, "Usage: licensing verify"],
    ["the file of this license", [good, "--key", key, "--id", license.licenseId], now, 0, "valid"],
    ["a good file, by the key set", [good, "--jwks", jwks], now, 0, "valid: VALID"],
    ["a machine's file on that machine", [machine, "--key", key, "--fingerprint", "press-hall-0001"], now, 0, "valid: VALID"],
    ["a machine's file on another machine", [machine, "--key", key, "--fingerprint", "press-hall-0002"], now, 1, "denied: NOT_ACTIVATED"],
    ["a machine's file without a machine", [machine, "--key", key], now, 1, "The file is for one machine: name it by --fingerprint."],
    ["a file for all machines with a seat", [shared, "--key", key, "--fingerprint", "press-hall-0001"], now, 0, "valid: VALID"],
    ["a file for all machines without a seat", [shared, "--key", key, "--fingerprint", "press-hall-0002"], now, 1, "denied: NOT_ACTIVATED"],
    ["a suspended license", [suspended, "--key", key], now, 1, "The license was suspended when the file was made."],
    ["another license's file", [good, "--key", key, "--id", "1"], now, 5, "refused: subject. It is the file of another license than --id names."],
    ["another audience", [good, "--key", key, "--audience", "elsewhere"], now, 5, "refused: audience. It is for another audience than --audience names."],
    ["an old file", [good, "--key", key], now + year, 4, "refused: expired. The file has ended: ask for a new one."],
    ["a file from the future", [good, "--key", key], now - year, 4, "refused: issued-in-future. It was issued later than now"],
  ] as const)("tells %s by its exit code", async (_name, args, nowMs, code, says) => {
    const output = captured();
    expect(await licenseVerify(args, output, nowMs), output.said.told).toBe(code);
    expect(output.said.printed).toContain(says);
  });

  test("fetches the key set, and reads the file from standard input", async () => {
    const server = createServer((_request, response) => void response.end(readFileSync(jwks))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
    expect(await licenseVerify([good, "--jwks", url], captured(), now)).toBe(0);
    server.close();
    expect(await licenseVerify([good, "--jwks", `${url}?gone`], captured(), now)).toBe(2);
    const input = execFileSync(process.execPath, ["core/cli/licensing.mjs", "--no-json", "verify", "-", "--key", key], { input: readFileSync(good) });
    expect(input.toString()).toContain("valid: VALID");
  });

  test("takes one kind of key, not both and not none", async () => {
    for (const args of [[good], [good, "--key", key, "--jwks", jwks]]) expect(await licenseVerify(args, captured(), now)).toBe(2);
  });

  test("refuses a changed file, and one signed by another key", async () => {
    const lines = readFileSync(good, "utf8").split("\n");
    const at = lines.findIndex((line) => line.startsWith("-----BEGIN")) + 3;
    const touched = lines.with(at, (lines[at] ?? "").replace(/[A-Za-z]/, (letter) => (letter === "A" ? "B" : "A"))).join("\n");
    const changed = captured();
    expect(await licenseVerify([save("touched.license", touched), "--key", key], changed, now)).toBe(3);
    expect(changed.said.printed).toMatch(/^refused: (signature\. It was changed after|armour\. It has no whole block)/);
    const strange = captured();
    expect(await licenseVerify([good, "--key", save("other.pem", generateKey().publicPem)], strange, now)).toBe(3);
    expect(strange.said.printed).toMatch(/^refused: key-unknown\. The key that it names isn't among the given ones/);
  });

  test("exits 2 and says why if it can't check", async () => {
    const output = captured();
    expect(await licenseVerify([], output, now)).toBe(2);
    expect(output.said.told).toContain("missing required argument 'file'");
    expect(await licenseVerify([path.join(folder, "nothing"), "--key", key], captured(), now)).toBe(2);
  });
});
