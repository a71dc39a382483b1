import { execFile, spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parsePrivateKeys } from "@licensing/core/keyring/signing-key.ts";
import { parsePublicKeys } from "@licensing/core/keyring/verify-key.ts";
import { rotationPolicy } from "@licensing/core/rotation/states.ts";
import { keys } from "../../infra/keys.ts";
import { insertLicenses } from "../support/licenses.ts";
import { newKey } from "./rotating-service.ts";
import { startService } from "../support/service.ts";

const service = await startService({ now: "2027-01-01T00:00:00.000Z" });
const [first, next] = [newKey(), newKey()];

async function run(args: readonly string[], environment: Readonly<Record<string, string | undefined>> = {}, input = "") {
  const [printed, told, drawn]: [string[], string[], string[]] = [[], [], []];
  const settings = { ...service.environment, APP_ENV_LICENSING_ED25519_PRIVATE_KEY: first.pem, ...environment };
  const code = await keys(args, settings, {
    print: (text) => printed.push(text),
    tell: (text) => told.push(text),
    terminal: { isTTY: true, columns: 80, write: (text) => drawn.push(text) },
    now: service.clock.now,
    read: () => Promise.resolve(input),
  });
  return { code, printed: printed.join(""), told: told.join(""), drawn: drawn.join("") };
}

describe("npm run keys -- generate", () => {
  test("prints a key that the service accepts, and nothing else on standard output", async () => {
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

describe("npm run keys -- without", () => {
  const third = newKey();
  const three = [first, next, third];
  const all = three.map(({ pem }) => pem).join("");
  const kidsOf = (pem: string) => parsePrivateKeys(pem).map(({ kid }) => kid);

  test.each([0, 1, 2])("removes the key of that kid from any block (%i)", async (place) => {
    const kid = three[place]?.kid ?? "";
    const kept = three.filter((key) => key.kid !== kid);
    const { code, printed, told } = await run(["without", kid], {}, all);
    expect({ code, kids: kidsOf(printed) }).toEqual({ code: 0, kids: kept.map((key) => key.kid) });
    for (const { pem } of kept) expect(printed).toContain(pem.trim());
    expect(told).toBe(`removed ${kid}\nkept    ${kept.map((key) => key.kid).join(", ")}\n`);
    const json = JSON.parse((await run(["without", "--json", kid], {}, all)).printed) as { removed: string; kept: string[]; privateKeys: string };
    expect(json).toMatchObject({ removed: kid, kept: kept.map((key) => key.kid) });
    expect(kidsOf(json.privateKeys)).toEqual(json.kept);
  });

  test("reads a kid that begins with a dash as a kid", async () => {
    // The PKCS#8 (RFC 8410 §7) of the seed that is the number 33: the first seed whose thumbprint begins with a dash.
    const dashed = `-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI${"A".repeat(42)}h\n-----END PRIVATE KEY-----\n`;
    const { code, printed } = await run(["without", "-d1wGF_MqzyJJo0Amupuq94VtA-5hnOpYu1IwBPXFmk"], {}, dashed + all);
    expect({ code, kids: kidsOf(printed) }).toEqual({ code: 0, kids: kidsOf(all) });
  });

  test("refuses an unknown kid and the only kid, and lists the kids", async () => {
    expect(await run(["without", newKey().kid], {}, first.pem + next.pem)).toMatchObject({
      code: 3,
      printed: "",
      told: `No key has that kid. These are there: ${first.kid}, ${next.kid}\n`,
    });
    expect(await run(["without", first.kid], {}, first.pem)).toMatchObject({
      code: 3,
      printed: "",
      told: `It is the only key: nothing would be left. These are there: ${first.kid}\n`,
    });
  });

  test.each([
    ["empty", "", 'no "-----BEGIN PRIVATE KEY-----" block'],
    ["a block that is cut", all.slice(0, -40), "block 3 or the one before is cut or garbled"],
    ["longer than keys are", `${all}${"#".repeat(70_000)}`, "more than 64 KB of text"],
  ])("prints nothing on standard output if its input is %s", async (_what, input, fault) => {
    expect(await run(["without", first.kid], {}, input)).toMatchObject({ code: 3, printed: "", told: `${fault}\n` });
  });

  test("never repeats a private key, even if one was given as the kid", async () => {
    const secretOf = (pem: string) => pem.split("\n")[1] ?? "";
    const runs = [["without", first.kid], ["without", first.kid, "--json"], ["without", secretOf(first.pem)], ["without", newKey().kid]];
    for (const args of runs) {
      const { told } = await run(args, {}, all);
      for (const { pem } of three) expect(told).not.toContain(secretOf(pem));
    }
  });

  test("works as a command, and needs no service", () => {
    const command = path.join(import.meta.dirname, "../../infra/keys.ts");
    const { status, stdout } = spawnSync(process.execPath, [command, "without", first.kid], { env: {}, input: all, encoding: "utf8" });
    expect({ status, kids: kidsOf(stdout) }).toEqual({ status: 0, kids: [next.kid, third.kid] });
    const long = spawnSync(process.execPath, [command, "without", first.kid], { env: {}, input: all + "#".repeat(200_000), encoding: "utf8" });
    expect(long).toMatchObject({ status: 3, stdout: "", stderr: "more than 64 KB of text\n" });
  });
});

describe("npm run keys on a service", () => {
  test("shows that the keys were never checked, checks them, and then shows the findings", async () => {
    expect(await run(["status"])).toMatchObject({ code: 1, printed: expect.stringMatching(/unregistered.*\nThe keys have never been checked/) as string });
    const checked = await run(["check"]);
    expect(checked.code, checked.told).toBe(0);
    expect(checked.printed).toContain("key-activated");
    const status = JSON.parse((await run(["status", "--json"])).printed) as { data: { kid: string; state: string }[]; check: { state: string } };
    expect(status.data).toMatchObject([{ kid: first.kid, state: "active" }]);
    expect(status.check.state).toBe("ok");
  });

  test("exits with 0 if nothing is to be done and with 2 if something is urgent", async () => {
    const both = { APP_ENV_LICENSING_ED25519_PRIVATE_KEY: first.pem + next.pem };
    service.clock.advance(1);
    expect((await run(["check"], both)).code).toBe(0);
    const gone = await run(["check"], { APP_ENV_LICENSING_ED25519_PRIVATE_KEY: next.pem });
    expect(gone).toMatchObject({ code: 2, printed: expect.stringContaining("active-key-not-in-secret") as string });
    service.clock.advance(rotationPolicy(86_400).pendingForSeconds);
    expect((await run(["check"], both)).printed).toContain(`active       ${next.kid}`);
    expect((await run(["status"], both)).printed).toContain(`retiring     ${first.kid}`);
  });

  test("publishes due certificates, and draws its progress on a terminal only", async () => {
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
    [["without"], "without: needs one kid"],
    [["without", "the-first"], "without: needs one kid"],
    [["without", "a".repeat(43), "b".repeat(43)], "without: needs one kid"],
  ])("%j is refused with the usage", async (args, fault) => {
    const { code, told } = await run(args);
    expect(code).toBe(3);
    expect(told).toContain(fault);
    expect(told).toContain("Usage:");
  });

  test("names a missing setting, and shows nothing of the given ones", async () => {
    for (const verb of ["status", "check", "confirm", "republish"]) {
      expect(await run([verb], { APP_ENV_DATABASE_URL: undefined }), verb).toMatchObject({ code: 3, told: "APP_ENV_DATABASE_URL: is not set\n" });
    }
    const away = await run(["check"], { APP_ENV_DATABASE_URL: "postgres://somebody:a-password@127.0.0.1:9/nowhere" });
    expect(away).toMatchObject({ code: 3, told: "The database could not be used (unavailable).\n" });
  });
});
