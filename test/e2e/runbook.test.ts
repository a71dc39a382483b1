import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateKey, parsePrivateKeys } from "@licensing/core/keyring/signing-key.ts";
import { targets } from "../../infra/bundle/targets.ts";
import { migrateFromEnvironment } from "../../infra/migrate.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { OWNER } from "../support/roles.ts";
import { base, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";

/** Every block of the runbook that is marked `sh try`, run unchanged against a running service. */
const keys = [generateKey(), generateKey()] as const;
const service = await startService({ environment: { APP_ENV_LICENSING_ED25519_PRIVATE_KEY: keys.map(({ privatePem }) => privatePem).join("") } });
const root = path.join(import.meta.dirname, "../..");
const runbook = readFileSync(path.join(root, "infra/RUNBOOK.md"), "utf8");
const readme = readFileSync(path.join(root, "infra/README.md"), "utf8");
const blocks = [...runbook.matchAll(/^( *)```sh try\n([\s\S]*?)^ *```/gm)].map(
  ([, indent = "", text = ""]) => text.split("\n").map((line) => line.slice(indent.length)).join("\n"),
);

const work = mkdtempSync(path.join(os.tmpdir(), "runbook-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/**
 * A stand-in for the parameter store: one file, which accepts a value only if it is sealed by the stage's own key. And one for
 * the logs: a query takes its states from another file, one for each call, and stays in the last state.
 */
const parameter = path.join(work, "parameter");
const states = path.join(work, "states");
const sealedBy = "alias/licensing-production-signing-key";
const aws = `#!/usr/bin/env bash
set -euo pipefail
named() { [[ "$*" == *"--name /licensing/production/signing-key"* ]]; }
case "$1 $2" in
  "ssm get-parameter") named "$@"; [[ "$*" == *"--with-decryption"* ]]; cat ${parameter}; echo ;;
  "ssm put-parameter") named "$@"; [[ "$*" == *"--type SecureString"* && "$*" == *"--key-id ${sealedBy} "* ]]; all="$*"; cp "\${all##*--value file://}" ${parameter} ;;
  "logs start-query") echo "$*" > ${path.join(work, "asked")}; echo the-query ;;
  "logs get-query-results")
    [[ "$*" == *"--query-id the-query "* ]]
    if [[ "$*" == *"--query status "* ]]; then head -1 ${states}; [[ $(wc -l < ${states}) == 1 ]] || sed -i 1d ${states}; else echo "$(head -1 ${states}) lines"; fi ;;
  *) exit 64 ;;
esac
`;
const kidsHeld = () => parsePrivateKeys(readFileSync(parameter, "utf8")).map(({ kid }) => kid);
const pemsHeld = () => kidsHeld().length;

let environment: NodeJS.ProcessEnv;
beforeAll(async () => {
  const { licenseId } = await issueLicense(service, await createPolicy(service, { activationLimit: 2 }));
  const seat = await service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "machine-0001" } });
  mkdirSync(path.join(work, "bin"));
  mkdirSync(path.join(work, "tmp"));
  writeFileSync(path.join(work, "bin/aws"), aws, { mode: 0o755 });
  // A store that is a file needs no wait.
  writeFileSync(path.join(work, "bin/sleep"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(parameter, keys[0].privatePem);
  const credential = await service.call("POST", `${base}/credentials`, { body: { name: "leaked", roles: ["licensing-service"] } });
  await service.call("POST", `${base}/keys/check`);
  const ring = await service.call("GET", `${base}/keys`);
  const webhook = await service.call("POST", `${base}/webhooks`, { body: { url: "http://127.0.0.1:9/hook" } });
  environment = {
    PATH: `${path.join(work, "bin")}:${path.dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
    HOME: work,
    TMPDIR: path.join(work, "tmp"),
    STAGE: "production",
    KID: (ring.body.data as { kid: string; state: string }[]).find(({ state }) => state === "active")?.kid,
    URL: `${service.origin}${base}`,
    TOKEN: await service.token("admin"),
    ID: licenseId,
    ACTIVATION: String(seat.body.activation.id),
    WEBHOOK: String(webhook.body.id),
    DATABASE_URL: service.environment["APP_ENV_DATABASE_URL"],
    OWNER_URL: service.neon.url(OWNER.name, service.databaseName),
    CLIENT: String(credential.body.clientId),
    REDIS_URL: service.environment["APP_ENV_UPSTASH_REDIS_REST_URL"],
    REDIS_TOKEN: service.environment["APP_ENV_UPSTASH_REDIS_REST_TOKEN"],
  };
});

/** One of the commands bundles everything first. */
const msMax = patient(150_000);

function run(script: string, set: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["--norc", "-euo", "pipefail", "-c", script], { cwd: root, env: { ...environment, ...set }, timeout: msMax });
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
    const before = pemsHeld();
    const { code, output } = await run(block);
    expect(code, output).toBe(0);
    // A file that a block writes is a private key, and is deleted.
    expect(readdirSync(path.join(work, "tmp")).filter((name) => name.startsWith("tmp."))).toEqual([]);
    if (block.includes("keys -- generate")) expect([before, pemsHeld()]).toEqual([1, 2]);
    if (block.includes("keys -- without")) expect([before, pemsHeld()]).toEqual([2, 1]);
    if (block.includes("migrate")) expect(output).toContain("migrations applied: none were due");
  }, msMax);

  test("adds a key below those in use, and removes the named one", () => {
    expect(kidsHeld()).not.toContain(environment["KID"]);
  });

  const [a, b] = keys.map(({ privatePem }) => ({ pem: privatePem, kid: parsePrivateKeys(privatePem)[0]?.kid ?? "" }));
  if (a === undefined || b === undefined) throw new Error("two keys");
  const takeOut = () => blocks.find((block) => block.includes("keys -- without")) ?? "";

  test.each([
    ["the first", a.kid, [b.kid]],
    ["the second, while the first is still needed", b.kid, [a.kid]],
    ["none of them", "x".repeat(43), [a.kid, b.kid]],
  ])("removes the compromised key and no other from the parameter: %s", async (_which, kid, kept) => {
    writeFileSync(parameter, a.pem + b.pem);
    const { output } = await run(takeOut(), { KID: kid });
    expect(kidsHeld(), output).toEqual(kept);
    if (kept.length > 1) expect(output).toContain(`These are there: ${a.kid}, ${b.kid}`);
    expect(readdirSync(path.join(work, "tmp")).filter((name) => name.startsWith("tmp."))).toEqual([]);
  });

  test("leaves the last key in the parameter", async () => {
    writeFileSync(parameter, b.pem);
    const { output } = await run(takeOut(), { KID: b.kid });
    expect(kidsHeld()).toEqual([b.kid]);
    expect(output).toContain("nothing would be left");
  });

  test("(control) this test's store refuses a key that is sealed by AWS's default key", async () => {
    const put = blocks.find((block) => block.includes("generate")) ?? "";
    const { code } = await run(put.replace(/ {2}--key-id \S+/, ""));
    expect(code).not.toBe(0);
    rmSync(path.join(work, "tmp"), { recursive: true });
  });
});

test("a permission that a rule denies to a built-in role stays denied after another migration, while a removed grant comes back", async () => {
  const authorization = `Bearer ${await service.token("support")}`;
  const rules = async () => (await service.call("GET", `${base}/policy-definitions?limit=100`)).body.data as { id: string; subject: string; target: string; effect: string }[];
  const ofSupport = async (target: string) => (await rules()).filter((rule) => rule.subject === "role:licensing-support" && rule.target === target);
  const [publish] = await ofSupport("license:publish");
  await service.call("DELETE", `${base}/policy-definitions/${publish?.id ?? "none"}`);
  expect(await ofSupport("license:publish")).toEqual([]);
  await migrateFromEnvironment({ APP_ENV_DATABASE_URL: environment["DATABASE_URL"], APP_ENV_MIGRATION_DATABASE_URL: environment["OWNER_URL"] }, { folder: path.join(root, "migrations") });
  expect(await ofSupport("license:publish")).toMatchObject([{ effect: "allow" }]);
  expect((await ofSupport("license:suspend")).map(({ effect }) => effect).toSorted()).toEqual(["allow", "deny"]);
  expect((await service.call("POST", `${base}/licenses/${environment["ID"] ?? ""}/suspend`, { authorization })).status).toBe(403);
  expect((await service.call("GET", `${base}/licenses/${environment["ID"] ?? ""}`, { authorization })).status).toBe(200);
});

describe("the runbook's query of the logs", () => {
  const functions = /^ask\(\) \{[\s\S]*?^\}$/m.exec(runbook)?.[0] ?? "";
  const ask = async (said: readonly string[], question = 'ask "filter x"') => {
    writeFileSync(states, said.map((state) => `${state}\n`).join(""));
    return run(`${functions}\n${question}`);
  };

  test("waits until it is done, and prints its results", async () => {
    expect(await ask(["Scheduled", "Running", "Running", "Complete"])).toEqual({ code: 0, output: "Complete lines\n" });
    const asked = readFileSync(path.join(work, "asked"), "utf8");
    expect(asked).toContain("SOURCE logGroups(namePrefix: ['/aws/lambda/licensing-production-']) | filter x");
  });

  test("reads other logs if they are given", async () => {
    await ask(["Complete"], 'ask "filter y" "/aws/vendedlogs/apis/licensing-$STAGE"');
    expect(readFileSync(path.join(work, "asked"), "utf8")).toContain("['/aws/vendedlogs/apis/licensing-production']) | filter y");
  });

  test.each(["Failed", "Cancelled", "Timeout"])("reports a query that ended without results: %s", async (state) => {
    const { code, output } = await ask(["Running", state]);
    expect({ code, output }).toEqual({ code: 1, output: `No answer: the query is ${state}.\n` });
  });

  test("gives up after a bounded time", async () => {
    const { code, output } = await ask(["Running"]);
    expect({ code, output }).toEqual({ code: 1, output: "No answer: the query is Running.\n" });
  });
});

describe("in the runbook and infra's README", () => {
  const read = (file: string) => readFileSync(path.join(root, "infra", file), "utf8");
  const config = readFileSync(path.join(root, "sst.config.ts"), "utf8");
  const workflow = readFileSync(path.join(root, ".github/workflows/deploy.yml"), "utf8");
  const fenced = /^( *)```sh.*\n([\s\S]*?)^ *```/gm;
  const commands = (text: string) => {
    const indented = text.replaceAll(fenced, "").match(/^(?: {4}| {7}).*\S.*$/gm) ?? [];
    return [...[...text.matchAll(fenced)].map(([, , block = ""]) => block), ...indented, ""].join("\n");
  };

  test("each signing key is put into the parameter store under the deployment's own key", () => {
    expect(read("signing-key.ts")).toContain("name: `alias/${$app.name}-${$app.stage}-signing-key`");
    const puts = [runbook, readme].flatMap((text) => text.replaceAll(/\\\n */g, "").match(/aws ssm put-parameter.*/g) ?? []);
    expect(puts.length).toBeGreaterThanOrEqual(3);
    for (const put of puts) expect(put).toContain('--key-id "alias/licensing-$STAGE-signing-key"');
  });

  test("log groups and functions have their deployed names", () => {
    expect(read("functions.ts")).toContain("args.name = `/aws/lambda/${$app.name}-${$app.stage}-${plan.name}`");
    expect(read("gateway.ts")).toContain("args.name = `/aws/vendedlogs/apis/${$app.name}-${$app.stage}`");
    const logicalName = (file: string) => file.split(/[/-]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
    const names = new Set(targets.map(({ name }) => logicalName(name)));
    const named = [runbook, readme].map(commands).flatMap((text) => [
      ...[...text.matchAll(/\bfn ([A-Z]\w+)/g)].map(([, name = ""]) => name),
      ...[...text.matchAll(/\/aws\/lambda\/licensing-\$STAGE-(\w+)/g)].map(([, name = ""]) => name),
    ]);
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !names.has(name))).toEqual([]);
  });

  test("each command is valid shell", async () => {
    for (const text of [runbook, readme]) {
      const { code, output } = await run(`bash -n <<'END'\n${commands(text)}\nEND`);
      expect({ code, output }).toEqual({ code: 0, output: "" });
    }
  });

  const anchorsOf = (text: string) => [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => title.toLowerCase().replaceAll(/[^\w -]/g, "").replaceAll(" ", "-"));

  test("every link leads to a file and a heading", () => {
    for (const text of [runbook, readme]) {
      for (const [, file = "", anchor] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)) {
        const target = file === "" ? text : read(file);
        if (anchor !== undefined) expect(anchorsOf(target), `${file}#${anchor}`).toContain(anchor);
      }
    }
  });

  test("every alarm has its section in the runbook", () => {
    const sections = [...read("alarms.ts").matchAll(/section: "([^"]+)"/g)].map(([, section = ""]) => section);
    expect(sections.length).toBeGreaterThan(8);
    expect(anchorsOf(runbook)).toEqual(expect.arrayContaining(sections));
  });

  test("every alarm stands in the runbook's table with its section", () => {
    const alarms = read("alarms.ts");
    const names = [...alarms.matchAll(/yield \[[`"](licensing\w+)/g)].map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(12);
    const rows = new Map([...runbook.matchAll(/^\| `(licensing\w+)(?:-…)?` \|.*\[[\w-]+\]\(#([\w-]+)\) \|$/gm)].map(([, name = "", section = ""]) => [name, section]));
    expect([...rows.keys()].toSorted()).toEqual([...new Set(names)].toSorted());
    const sections = new Set([...alarms.matchAll(/section: "([^"]+)"/g)].map(([, section = ""]) => section));
    expect(new Set(rows.values())).toEqual(sections);
  });

  test("every finding of the key check that raises the alarm has its row in the alarm's section", () => {
    const codes = [...readFileSync(path.join(root, "core/rotation/findings.ts"), "utf8").matchAll(/\bpage\("([\w-]+)"/g)].map(([, code = ""]) => code);
    expect(codes.length).toBeGreaterThan(6);
    const section = /^### key-check\n([\s\S]*?)\n### /m.exec(runbook)?.[1] ?? "";
    for (const code of codes) expect(section).toContain(`\`${code}\``);
  });

  test("commands in an account, and the deploying workflow, name the region of the deployment", () => {
    const [, region] = /region: "([^"]+)"/.exec(config) ?? [];
    expect(new Set([...workflow.matchAll(/aws-region: (\S+)/g)].map(([, named = ""]) => named))).toEqual(new Set([region]));
    for (const text of [runbook, readme]) expect(commands(text)).toMatch(new RegExp(`export STAGE=\\w+ AWS_REGION=${String(region)}\\n`));
  });

  test("a restore uses the project that the deploy outputs, and the deployed branch and owner", () => {
    expect(config).toMatch(/return \{[^}]*\bneonProjectId\b/);
    expect(commands(runbook)).toContain("NEON_PROJECT=$(jq -r .neonProjectId .sst/outputs.json)");
    for (const line of commands(runbook).replaceAll("\\\n", "").match(/^.*neonctl branches.*$/gm) ?? []) expect(line).toMatch(/branches \w+ main .*--project-id "\$NEON_PROJECT"/);
    expect(read("database.ts")).toContain('branch: { name: "main", databaseName, roleName: ownerName }');
    expect(read("database.ts")).toContain('const ownerName = "licensing_owner"');
  });

  test("each secret, resource and variable that a command names is one of the deployment's", () => {
    const text = [runbook, readme].map(commands).join("\n");
    const named = [...text.matchAll(/sst secret (?:set|remove) (\w+)/g)].map(([, name = ""]) => name);
    expect(new Set(named)).toEqual(new Set(["ApplicationSecret", "ApplicationSecretPrevious", "KeyPepper", "KeyringSecret", "DumpSecret", "IdentityJwksUrl", "IdentityIssuer", "IdentityAudience", "UpstashReadOnlyKey"]));
    for (const name of named) expect(read("secrets.ts") + read("redis-budget.ts")).toContain(`new sst.Secret("${name}"`);
    expect(text).toContain("sst state remove RedisDatabase");
    expect(read("redis.ts")).toMatch(/new upstash\.RedisDatabase\(\s*"RedisDatabase"/);
    expect(text).toContain("printenv SST_RESOURCE_Redis | jq '{url, readOnlyToken}'");
    expect(read("redis.ts")).toMatch(/new sst\.Linkable\("Redis", \{\s*properties: \{\s*url:.*\s*token:.*\s*readOnlyToken:/);
    expect(read("queue.ts")).toMatch(/new sst\.aws\.Queue\(\s*"ScheduleDeadLetters"/);
  });

  test("exactly the credentials of the deploying machine are named", () => {
    const paragraph = /^\*\*The environment holds credentials only\*\*.*$/m.exec(readme)?.[0] ?? "";
    const told = new Set([...paragraph.matchAll(/`([A-Z_]{4,})`/g)].map(([, name = ""]) => name));
    const asked = new Set([...read("settings.ts").matchAll(/"((?:NEON|UPSTASH)_[A-Z_]+)"/g)].map(([, name = ""]) => name));
    expect([...told].toSorted()).toEqual([...asked].toSorted());
    expect(new Set([...workflow.matchAll(/secrets\.(\w+)/g)].map(([, name = ""]) => name))).toEqual(asked);
  });

  test("members of a stage's row that the runbook names are in stages.ts", () => {
    const members = [...runbook.matchAll(/`(?:neon|redis|aws)\.(\w+)`/g)].map(([, name = ""]) => name);
    expect(members.length).toBeGreaterThan(1);
    for (const member of [...members, "databasePasswordEpoch"]) expect(read("stages.ts")).toContain(`readonly ${member}`);
  });

  test("consumers get both application secrets before the service seals under the new one", () => {
    const steps = /### Change the application secret\n([\s\S]*?)\n### /.exec(runbook)?.[1] ?? "";
    const places = ["current: NEW, previous: OLD", "secret set ApplicationSecret ", "sst deploy", "secret remove ApplicationSecretPrevious"].map((step) => steps.indexOf(step));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((left, right) => left - right));
  });

  test("the claim that makes the first administrator is the one the service reads, and its role may do everything", () => {
    const seed = readFileSync(path.join(root, "migrations/seeds/0001-permissions.sql"), "utf8");
    expect(seed).toContain("'role:licensing-admin', '*', 'allow'");
    for (const text of [runbook, readme, readFileSync(path.join(root, "README.md"), "utf8")]) expect(text).toContain('`"roles": ["licensing-admin"]`');
  });

  test("(for an undone deploy) migrations that a deployment runs only add, or replace by the same name", () => {
    const files = readdirSync(path.join(root, "migrations")).filter((name) => name.endsWith(".sql") && !name.includes("_later_"));
    expect(files.length).toBeGreaterThan(3);
    const adding =
      /^(CREATE|INSERT|SELECT licensing\.keep_webhook_partitions\(|DROP INDEX|UPDATE \S+ \w+ SET (own_terms|seats_full)\b|do \$\$\s*begin\s+execute format\(\s*'create|ALTER TABLE \S+ (SET \(|ALTER COLUMN "\w+" SET DEFAULT|ADD (CONSTRAINT|COLUMN "\w+" (timestamp \(3\) with time zone|\S+)( DEFAULT .+( NOT NULL)?)?;?$)))/i;
    for (const name of files) {
      const text = readFileSync(path.join(root, "migrations", name), "utf8").replaceAll(/--(?!> ).*$/gm, "");
      for (const statement of text.split("--> statement-breakpoint").map((part) => part.trim())) {
        const [, dropped] = /^(?:DROP TRIGGER|ALTER TABLE \S+ DROP CONSTRAINT) ("\w+")/i.exec(statement) ?? [];
        // A new function is closed to others by the file that creates it.
        const [, closed] = /^REVOKE ALL ON FUNCTION (\S+) FROM PUBLIC;?$/i.exec(statement) ?? [];
        if (closed !== undefined && text.includes(`FUNCTION ${closed}(`)) continue;
        if (dropped !== undefined && new RegExp(`(CREATE TRIGGER|ADD CONSTRAINT) ${dropped}`, "i").test(text)) continue;
        expect(statement, `${name}: if this takes something away, let the file wait (migrations/README.md)`).toMatch(adding);
      }
    }
  });

  test("exactly the files of the folder infra are listed", () => {
    const table = /^## What is where\n\n([\s\S]*?)\n\n/m.exec(readme)?.[1] ?? "";
    const listed = [...table.matchAll(/^\|([^|]*)\|/gm)].flatMap(([, cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
    const present = readdirSync(path.join(root, "infra"), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [`${entry.name}/`] : /\.m?ts$|\.mjs$/.test(entry.name) ? [entry.name] : [],
    );
    expect(listed.toSorted()).toEqual(present.toSorted());
  });
});
