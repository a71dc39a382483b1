import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { createClient, operations } from "@licensing/core/client/client.ts";
import type { World } from "@licensing/core/client/client.ts";
import { clientFiles } from "../../infra/client-files.ts";
import { startBrowser } from "../e2e/browser.ts";
import { describeOn, fromPlatforms } from "../support/platforms.ts";
import { base, startService } from "../support/service.ts";
import { chromium, isSkippedWithout } from "../support/wanted.ts";
import { createProject, judged } from "./consumer-package-project.ts";

/** The client's package as another team gets it, against the service. */
const root = new URL("../../", import.meta.url);
const text = (path: string) => readFile(new URL(path, root), "utf8");
const readme = await text("core/client/README.md");
/** Every code block by its name, which follows its language. */
const blocks = new Map([...readme.matchAll(/^```ts (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = "", code = ""]) => [name, code]));

const service = await startService();
const admin = createClient({ url: service.origin, credentials: async () => ({ token: await service.token("admin") }) });
await admin.policies.create({ code: "pro-yearly", name: "Pro", duration: "P1Y", activationLimit: 3, meters: { pages: { limit: 600 } } });
const { clientId, secret } = await admin.access.createCredential({ name: "billing", roles: ["licensing-operator"] });
const environment = { LICENSING_URL: service.origin, LICENSING_CLIENT_ID: clientId, LICENSING_CLIENT_SECRET: String(secret) };

const project = await createProject({ name: "client", dependencies: ["openapi-fetch", "openapi-typescript-helpers"], used: ["@types/node"] });
for (const [name, code] of blocks) await project.write(`${name}.ts`, code);

async function exercise(code: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  return project.node(["--input-type=module", "-e", code], { ...environment, ...more });
}

async function issued(id = "ada"): Promise<string> {
  return (await admin.licenses.issue({ policy: "pro-yearly", holder: { type: "user", id } })).license.id;
}

describe("the generated files", () => {
  test("equal those generated from the contract (npm run openapi)", async () => {
    const files = await clientFiles(JSON.parse(await text("functions/reference/openapi.json")) as Record<string, unknown>);
    for (const [path, content] of Object.entries(files)) expect((await text(path)) === content, path).toBe(true);
  });
});

describe("the package as it is published", () => {
  test("holds its build and its pages, and each exported file", async () => {
    expect(project.files.filter((path) => !path.startsWith("dist/"))).toEqual(["CHANGELOG.md", "README.md", "package.json"]);
    expect(project.files.filter((path) => path.startsWith("dist/") && !/\.(js|cjs|d\.ts|d\.cts)$/.test(path))).toEqual([]);
    const { exports } = JSON.parse(await readFile(join(project.installed, "package.json"), "utf8")) as { exports: { ".": Record<string, Record<string, string>> } };
    for (const path of Object.values(exports["."]).flatMap((kind) => Object.values(kind))) expect(existsSync(join(project.installed, path)), path).toBe(true);
  });

  test.each([["imported", "module", `await import("@licensing/client")`], ["required", "commonjs", `require("@licensing/client")`]])("can be %s, and calls the service", async (_how, type, load) => {
    const call = `const all = ${load}; all.createClient({ url: process.env.LICENSING_URL, credentials: () => undefined }).health.live().then(({ status }) => console.log(JSON.stringify([Object.keys(all).sort(), status])))`;
    const printed = await project.node([`--input-type=${type}`, "-e", call], environment);
    expect(JSON.parse(printed)).toEqual([["LicensingError", "createClient", "meter", "operations"], "pass"]);
  });

  test.each([
    ["nodenext, with Node's types", { module: "nodenext", moduleResolution: "nodenext", types: ["node"], lib: ["ES2022", "ESNext.Disposable"] }],
    ["bundler, with a browser's types", { module: "esnext", moduleResolution: "bundler", types: ["node"], lib: ["ES2022", "DOM", "DOM.AsyncIterable"] }],
  ])("has types that are right under %s, with this repository's own strictness and library checks, as are the README's examples", async (_name, options) => {
    await project.write("everything.ts", everything);
    const { compilerOptions } = JSON.parse(await text("tsconfig.json")) as { compilerOptions: object };
    const own = { ...compilerOptions, ...options, skipLibCheck: false, target: "ES2022" };
    expect(await project.typeCheck(["everything.ts", ...[...blocks.keys()].map((name) => `${name}.ts`)], own)).toBe("");
  });
});

/** Uses the package as a team would. */
const everything = `
import { createClient, LicensingError, type Body, type Client, type Item, type License, type Reply } from "@licensing/client";

const client: Client = createClient({ url: "https://licensing.example.com", credentials: async (refused) => (refused === undefined ? { token: "t" } : undefined), retries: { attemptsMax: 2 } });
export async function use(body: Body<"licensesIssue">): Promise<string> {
  const { license, key }: Reply<"licensesIssue"> = await client.licenses.issue(body, { idempotencyKey: "a" });
  const changed: License = (await client.licenses.update(license.id, { name: null }, { ifMatch: license.sequence })).license;
  for await (const event of client.events.listOfLicense(license.id, { type: "renewed" })) { const item: Item<"eventsListOfLicense"> = event; void item.actor.id; }
  const validation = await client.licenses.validate({ key, fingerprint: "machine-1" });
  // @ts-expect-error There is no such code.
  if (validation.code === "FINE") return "";
  // @ts-expect-error A holder has a type.
  await client.licenses.issue({ policy: "pro", holder: { id: "ada" } });
  // @ts-expect-error A reading takes no key.
  await client.licenses.read(license.id, { idempotencyKey: "a" });
  // @ts-expect-error The client asks for JSON.
  client.licenses.list({ format: "csv" });
  const nothing: undefined = await client.activations.deactivate("7");
  return String(changed.expiresAt) + String(nothing) + (await client.licenses.certificate(license.id)).slice(1);
}
export const isFull = (error: unknown) => error instanceof LicensingError && error.code === "activation-limit-reached";
`;

type Documented = { readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly parameters?: readonly { readonly in: string; readonly name: string }[]; readonly "x-codeSamples"?: readonly [{ readonly source: string }] }>>>> };

test("the samples of the contract's page call each operation as the package's types say", async () => {
  const script = await text("infra/reference/page.js");
  // The page's own code, without the part that needs a browser.
  const context = createContext({});
  runInContext(`const guides = "";\n${script.slice(0, script.indexOf("async function show"))}`, context);
  const openapi = await text("functions/reference/openapi.json");
  const { paths } = JSON.parse(String(runInContext(`JSON.stringify(withSamples(${openapi}))`, context))) as Documented;
  const samples = Object.values(paths).flatMap((item) => Object.values(item)).flatMap(({ parameters = [], "x-codeSamples": [sample] = [] as never }) => {
    const names = ["url", "token", ...parameters.filter(({ in: place }) => place === "path").map(({ name }) => name)];
    return sample === undefined ? [] : [`declare const ${names.map((name) => `${name}: string`).join(", ")};\n${sample.source}\nexport { answer };\n`];
  });
  expect(samples.length).toBeGreaterThan(60);
  for (const [at, sample] of samples.entries()) await project.write(`sample-${at}.ts`, sample);
  await project.write("samples.ts", samples.map((_, at) => `import "./sample-${at}.ts";\n`).join(""));
  const { compilerOptions } = JSON.parse(await text("tsconfig.json")) as { compilerOptions: object };
  const own = { ...compilerOptions, module: "nodenext", moduleResolution: "nodenext", types: ["node"], lib: ["ES2022", "ESNext.Disposable"], target: "ES2022" };
  // A control: a sample with another verb is found.
  await project.write("wrong.ts", (samples[0] ?? "").replace(/await licensing\.\w+\.\w+/, "await licensing.licenses.nothing"));
  const complaints = (await project.typeCheck(["samples.ts", "wrong.ts"], own)).split("\n").filter((line) => line !== "");
  expect(complaints).toEqual([expect.stringMatching(/^wrong\.ts.*'nothing' does not exist/)]);
});

describeOn("@arethetypeswrong/cli", "the tools that judge packages", () => {
  test("publint and @arethetypeswrong/cli find no fault", async () => {
    const { faults, entries } = await judged(project);
    expect([faults, entries]).toEqual([[], [".", "./package.json"]]);
  });
});

/** The exercise of each example: a module that imports it and prints its result. */
const exercises: Readonly<Record<string, { readonly code: (licenseId: string) => string; readonly prints: unknown }>> = {
  start: { code: () => `const { licensing } = await import("./start.ts"); console.log((await licensing.access.me()).actor.id)`, prints: clientId },
  issue: { code: () => `await import("./issue.ts")`, prints: expect.stringMatching(/^[0-9]+ for ada until .*Z\. Its key, shown this once: LIC-/) },
  list: { code: () => `const { holdersOf } = await import("./list.ts"); console.log((await holdersOf("pro-yearly")).length > 100)`, prints: "true" },
  meter: { code: (id) => `process.env.LICENSE_ID = "${id}"; const { print } = await import("./meter.ts"); await print(2); console.log(await print(700).catch(({ message }) => message)); process.exit(0)`, prints: "This license's pages are used up." },
  problem: { code: (id) => `const { suspend } = await import("./problem.ts"); console.log([await suspend("${id}"), await suspend("${id}"), await suspend("42")].join())`, prints: "suspended,was suspended,unknown license" },
  again: { code: (id) => `const { renew } = await import("./again.ts"); const [a, b] = [await renew("${id}", "order-1"), await renew("${id}", "order-1")]; console.log(a.license.expiresAt === b.license.expiresAt)`, prints: "true" },
  credentials: { code: () => `const { licensingOf } = await import("./credentials.ts"); const tokens = ["expired", process.env.TOKEN]; const client = licensingOf(process.env.LICENSING_URL, async () => tokens.shift()); console.log((await client.access.me()).actor.id, tokens.length)`, prints: "ada 0" },
  http: { code: () => `await import("./http.ts")`, prints: expect.stringMatching(/^id,policyId,policy,/) },
};

describe("the README", () => {
  test("names every noun and verb", () => {
    const rows = [...readme.matchAll(/^\| (`[^|]+`) \| (`[^|]+`) \|$/gm)].flatMap(([, nouns = "", verbs = ""]) => {
      const groups = [...verbs.matchAll(/`([^`]+)`/g)].map(([, names = ""]) => names.split(" "));
      return [...nouns.matchAll(/`([^`]+)`/g)].map(([, noun = ""], at): [string, readonly string[]] => [noun, groups[at] ?? []]);
    });
    const named = Object.fromEntries(rows.filter(([noun]) => noun in operations).map(([noun, verbs]) => [noun, verbs.toSorted()]));
    expect(named).toEqual(Object.fromEntries(Object.entries(operations).map(([noun, verbs]) => [noun, Object.keys(verbs).toSorted()])));
  });

  test("has an exercise for each of its examples", () => {
    expect([...blocks.keys()]).toEqual(Object.keys(exercises));
  });

  test.each(Object.entries(exercises))("%s does as the text says", async (name, { code, prints }) => {
    if (name === "list") await Promise.all(Array.from({ length: 101 }, (_, at) => issued(`holder-${at}`)));
    const printed = await exercise(code(await issued()), { TOKEN: await service.token("operator", "ada") });
    expect(printed.trim()).toEqual(prints);
  });
});

/** Issues a license, suspends it, and counts the events; a lost seat in another platform's `fetch` would show. */
const journey = `async (createClient, url, token) => {
  const client = createClient({ url, credentials: () => ({ token }) });
  const { license } = await client.licenses.issue({ policy: "pro-yearly", holder: { type: "user", id: "ada" } });
  const { license: suspended } = await client.licenses.suspend(license.id, { reason: "chargeback" });
  const problem = await client.licenses.suspend(license.id).catch(({ code }) => code);
  const types = [];
  for await (const { type } of client.events.listOfLicense(license.id, { limit: 1 })) types.push(type);
  return [suspended.status, problem, ...types].join(" ");
}`;
const arrived = "SUSPENDED license-suspended created suspended";

async function bundled(contents: string, format: "iife" | "esm"): Promise<string> {
  const { outputFiles } = await build({ stdin: { contents, resolveDir: project.folder }, bundle: true, write: false, format, globalName: "journey", platform: "browser", conditions: ["workerd", "worker", "browser"] });
  return outputFiles[0]?.text ?? "";
}

describe.skipIf(isSkippedWithout(chromium))("in a browser", () => {
  test("the client changes, reads and lists", async () => {
    const browser = await startBrowser();
    const page = await browser.newPage();
    await page.goto(`${service.origin}${base}/docs`);
    const script = await bundled(`import { createClient } from "@licensing/client"; export const start = (url, token) => (${journey})(createClient, url, token);`, "iife");
    const answer = await page.evaluate(`(() => { ${script}; return journey.start(${JSON.stringify(service.origin)}, ${JSON.stringify(await service.token("admin"))}); })()`);
    await browser.close();
    expect(answer).toBe(arrived);
  });
});

type Worker = { readonly dispatchFetch: (url: string) => Promise<{ readonly text: () => Promise<string> }>; readonly dispose: () => Promise<void> };

describeOn("miniflare", "on Cloudflare's workerd", () => {
  test("the client changes, reads and lists", async () => {
    const { Miniflare } = await fromPlatforms<{ readonly Miniflare: new (options: object) => Worker }>("miniflare");
    const script = await bundled(`import { createClient } from "@licensing/client"; export default { fetch: async (request, env) => new Response(await (${journey})(createClient, env.URL, env.TOKEN).catch(String)) };`, "esm");
    const worker = new Miniflare({ modules: true, script, compatibilityDate: "2025-09-01", bindings: { URL: service.origin, TOKEN: await service.token("admin") } });
    const answer = await (await worker.dispatchFetch("http://worker.test/")).text();
    await worker.dispose();
    expect(answer).toBe(arrived);
  });
});

describe("a change whose answer is lost", () => {
  /** The service gets each request, and its first answers are lost. */
  const losing = (count: number, change: (request: Request) => void = () => undefined): World["fetch"] => {
    let lost = 0;
    return async (request) => {
      change(request);
      const response = await fetch(request);
      if ((lost += 1) > count) return response;
      throw new TypeError("the connection broke");
    };
  };
  const licensesOf = async (holderId: string) => (await Array.fromAsync(admin.licenses.list({ holderId }))).length;
  const issueBy = (holder: string, fetch: World["fetch"]) =>
    createClient({ url: service.origin, credentials: async () => ({ token: await service.token("admin") }), world: { fetch, sleep: async () => undefined } })
      .licenses.issue({ policy: "pro-yearly", holder: { type: "user", id: holder } });

  test("is made once, and the caller gets its license and key", async () => {
    const { license, key } = await issueBy("lossy", losing(2));
    expect(await licensesOf("lossy")).toBe(1);
    expect(await admin.licenses.validate({ key })).toMatchObject({ valid: true, license: { id: license.id } });
  });

  test("(control) without the key is made in every attempt", async () => {
    await issueBy("keyless", losing(2, ({ headers }) => headers.delete("idempotency-key")));
    expect(await licensesOf("keyless")).toBe(3);
  });
});
