import { execFile } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parsePrivateKeys } from "@licensing/core/keyring/signing-key.ts";
import { parsePublicKeys } from "@licensing/core/keyring/verify-key.ts";
import { rotationPolicy } from "@licensing/core/keyring/rotation.ts";
import { keys } from "../../infra/keys.ts";
import { insertLicenses } from "../support/licenses.ts";
import { newKey } from "../support/rotating-service.ts";
import { startService } from "../support/service.ts";

const service = await startService({ now: "2027-01-01T00:00:00.000Z" });
const [first, next] = [newKey(), newKey()];

async function run(args: readonly string[], environment: Readonly<Record<string, string | undefined>> = {}) {
  const [printed, told, drawn]: [string[], string[], string[]] = [[], [], []];
  const settings = { ...service.environment, APP_ENV_LICENSING_ED25519_PRIVATE_KEY: first.pem, ...environment };
  const code = await keys(args, settings, {
    print: (text) => printed.push(text),
    tell: (text) => told.push(text),
    terminal: { isTTY: true, columns: 80, write: (text) => drawn.push(text) },
    now: service.clock.now,
  });
  return { code, printed: printed.join(""), told: told.join(""), drawn: drawn.join("") };
}

describe("npm run keys -- generate", () => {
  test("prints a key that the service takes, and only that on standard output", async () => {
    const { code, printed, told } = await run(["generate"]);
    const [key] = parsePrivateKeys(printed);
    expect(code).toBe(0);
    expect(told).toContain(key?.kid);
    expect(told).not.toContain("PRIVATE");
    expect((await run(["generate"])).printed).not.toBe(printed);
  });

  test("prints it as JSON with its public half", async () => {
    const { kid, privateKey, publicKey } = JSON.parse((await run(["generate", "--json"])).printed) as Record<string, string>;
    expect(parsePrivateKeys(privateKey ?? "").map((key) => key.kid)).toEqual([kid]);
    expect(parsePublicKeys(publicKey ?? "").map((key) => key.kid)).toEqual([kid]);
  });

  test("works as a command", async () => {
    const command = path.join(import.meta.dirname, "../../infra/keys.ts");
    const stdout = await new Promise<string>((resolve) => execFile(process.execPath, [command, "generate"], { env: {} }, (_error, out) => resolve(out)));
    expect(parsePrivateKeys(stdout)).toHaveLength(1);
  });
});

describe("npm run keys on a service", () => {
  test("says that nobody has checked the keys, then checks them, then says what was found", async () => {
    expect(await run(["status"])).toMatchObject({ code: 1, printed: expect.stringMatching(/unregistered.*\nThe keys have never been checked/) as string });
    const checked = await run(["check"]);
    expect(checked.code, checked.told).toBe(0);
    expect(checked.printed).toContain("key-activated");
    const status = JSON.parse((await run(["status", "--json"])).printed) as { data: { kid: string; state: string }[]; check: { state: string } };
    expect(status.data).toMatchObject([{ kid: first.kid, state: "active" }]);
    expect(status.check.state).toBe("ok");
  });

  test("answers by its exit code how soon something is to be done", async () => {
    const both = { APP_ENV_LICENSING_ED25519_PRIVATE_KEY: first.pem + next.pem };
    service.clock.advance(1);
    expect((await run(["check"], both)).code).toBe(0);
    const gone = await run(["check"], { APP_ENV_LICENSING_ED25519_PRIVATE_KEY: next.pem });
    expect(gone).toMatchObject({ code: 2, printed: expect.stringContaining("active-key-not-in-secret") as string });
    service.clock.advance(rotationPolicy(86_400).pendingForSeconds);
    expect((await run(["check"], both)).printed).toContain(`active       ${next.kid}`);
    expect((await run(["status"], both)).printed).toContain(`retiring     ${first.kid}`);
  });

  test("publishes what is due, and draws how far it has come on a terminal alone", async () => {
    await insertLicenses(service.owner, { count: 450, now: service.clock.now() });
    expect(await run(["republish"])).toMatchObject({ code: 2, told: "Ed25519 private key not configured\n" });
    const { code, printed, drawn } = await run(["republish"], { APP_ENV_LICENSING_ED25519_PRIVATE_KEY: next.pem });
    expect({ code, published: printed.split(",")[0] }).toEqual({ code: 0, published: "450 published" });
    expect(drawn).toMatch(/Publishing .*█.* of 450 /);
    expect(drawn.endsWith("\r\u001b[2K")).toBe(true);
    const again = await run(["republish", "--json"], { APP_ENV_LICENSING_ED25519_PRIVATE_KEY: next.pem });
    expect(JSON.parse(again.printed)).toEqual({ examined: 0, published: 0, kept: 0, failed: 0, pending: 0 });
  });

  test.each([
    [[], "One of generate"],
    [["rotate"], "One of generate"],
    [["check", "check"], "One of generate"],
    [["check", "--force"], "Unknown option"],
  ])("%j is refused with the usage", async (args, fault) => {
    const { code, told } = await run(args);
    expect(code).toBe(3);
    expect(told).toContain(fault);
    expect(told).toContain("Usage:");
  });

  test("tells what is missing, and nothing of what is there", async () => {
    expect(await run(["check"], { APP_ENV_DATABASE_URL: undefined })).toMatchObject({ code: 3, told: "APP_ENV_DATABASE_URL: is not set\n" });
    const away = await run(["check"], { APP_ENV_DATABASE_URL: "postgres://somebody:a-password@127.0.0.1:9/nowhere" });
    expect(away).toMatchObject({ code: 3, told: "The database could not be used (unavailable).\n" });
  });
});
