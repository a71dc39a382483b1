import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { signingKey, withoutEnd } from "../support/certificate-fixture.ts";
import { applicationSecret, audience, certify, issuer, licenseId } from "../unit/consumer-world.ts";
import { createProject } from "./consumer-package-project.ts";

type Exports = Readonly<Record<string, string | Readonly<Record<string, Readonly<Record<string, string>>>>>>;

const project = await createProject();
const { exports: exported } = JSON.parse(await readFile(join(project.installed, "package.json"), "utf8")) as { readonly exports: Exports };

const subpaths = ["", "/portable", "/upstash", "/redis", "/http", "/file", "/jwks", "/hono", "/express", "/fastify", "/lambda", "/application"];
const names: Readonly<Record<string, readonly string[]>> = {
  "": ["KeyFault", "SourceError", "licenseGate"],
  "/portable": ["KeyFault", "SourceError", "licenseGate"],
  "/upstash": ["upstashSource"],
  "/redis": ["redisSource"],
  "/http": ["httpSource"],
  "/file": ["fileSource", "licenseIdOfFile"],
  "/jwks": ["jwksTrust"],
  "/application": ["KeyFault", "machineFingerprint", "openLicense", "readRequest"],
};

describe("the package as it is published", () => {
  test("holds its build, its README and nothing else, and every export is there, types first", () => {
    expect(project.files.filter((path) => !path.startsWith("dist/"))).toEqual(["CHANGELOG.md", "README.md", "package.json"]);
    expect(project.files.filter((path) => path.startsWith("dist/") && !/\.(js|cjs|d\.ts|d\.cts)$/.test(path))).toEqual(["dist/THIRD-PARTY.txt"]);
    expect(Object.keys(exported).toSorted()).toEqual([...subpaths.map((path) => `.${path}`), "./package.json"].toSorted());
    for (const targets of Object.values(exported)) {
      const kinds = typeof targets === "string" ? [{ default: targets }] : Object.values(targets);
      for (const path of kinds.flatMap((kind) => Object.values(kind))) expect(existsSync(join(project.installed, path)), path).toBe(true);
      if (typeof targets === "string") continue;
      expect(Object.keys(targets).slice(-2)).toEqual(["import", "require"]);
      for (const kind of kinds) expect(Object.keys(kind)[0]).toBe("types");
    }
  });

  test("depends on one package, and imports that package and modules of its platform alone", async () => {
    const manifest = JSON.parse(await readFile(join(project.installed, "package.json"), "utf8")) as { dependencies: object };
    expect(Object.keys(manifest.dependencies)).toEqual(["@noble/ed25519"]);
    const imports = new Set<string>();
    for (const path of project.files.filter((file) => file.endsWith(".js"))) {
      const text = await readFile(join(project.installed, path), "utf8");
      for (const [, from = ""] of text.matchAll(/from "([^".][^"]*)"/g)) imports.add(`${/(file|application)\.js$/.exec(path)?.[1]?.concat(": ") ?? ""}${from}`);
    }
    // Only Workers load the module that imports their own packages.
    expect([...imports].toSorted()).toEqual([
      "@noble/ed25519", "application: node:crypto", "application: node:fs/promises", "application: node:path", "cloudflare:workers", "file: node:fs/promises", "node:buffer", "node:crypto",
    ]);
  });

  test("as CommonJS requires nothing but Node's own modules: the dependency, an ES module, is inside", async () => {
    const required = new Set<string>();
    for (const path of project.files.filter((file) => file.endsWith(".cjs"))) {
      const text = await readFile(join(project.installed, path), "utf8");
      expect(text, path).not.toMatch(/\bimport\(/);
      for (const [, from = ""] of text.matchAll(/require\("([^"]*)"\)/g)) required.add(from.startsWith(".") ? (/\.cjs$/.exec(from)?.[0] ?? from) : from);
    }
    expect([...required].toSorted()).toEqual([".cjs", "node:buffer", "node:crypto", "node:fs/promises", "node:path"]);
  });

  test("publishes types that need no other package", async () => {
    for (const path of project.files.filter((file) => file.endsWith(".d.ts"))) {
      const text = await readFile(join(project.installed, path), "utf8");
      for (const [, from = ""] of text.matchAll(/from "([^"]*)"/g)) expect(from, path).toMatch(/^\.{1,2}\/.*\.js$/);
    }
    for (const path of project.files.filter((file) => file.endsWith(".d.cts"))) {
      const text = await readFile(join(project.installed, path), "utf8");
      for (const [, from = ""] of text.matchAll(/from "([^"]*)"/g)) expect(from, path).toMatch(/^\.{1,2}\/.*\.cjs$/);
    }
  });

  test("names no folder of the machine that built it", async () => {
    for (const path of project.files) {
      const text = await readFile(join(project.installed, path), "utf8");
      expect(text, path).not.toMatch(/\/(?:home|tmp|root|work|Users)\//);
    }
  });

  test.each(subpaths)("@licensing/consumer%s loads in Node and exports the expected names", async (path) => {
    const printed = await project.node(["--input-type=module", "-e", `console.log(JSON.stringify(Object.keys(await import("@licensing/consumer${path}")).sort()))`]);
    expect(JSON.parse(printed)).toEqual(names[path] ?? ["licenseMiddleware"]);
  });

  test.each(subpaths)("@licensing/consumer%s can be required, on a Node that can't require ES modules too, and exports the same", async (path) => {
    // As Node 20.12, which can't require an ES module.
    const old = process.allowedNodeEnvironmentFlags.has("--no-experimental-require-module") ? ["--no-experimental-require-module"] : [];
    const printed = await project.node([...old, "--input-type=commonjs", "-e", `console.log(JSON.stringify(Object.keys(require("@licensing/consumer${path}")).sort()))`]);
    expect(JSON.parse(printed)).toEqual(names[path] ?? ["licenseMiddleware"]);
  });

  test.each([
    ["ES modules", "module", (from: string) => `await import("${from}")`],
    ["CommonJS", "commonjs", (from: string) => `require("${from}")`],
  ])("has one SourceError in all its parts, as %s", async (_name, type, load) => {
    const printed = await project.node([`--input-type=${type}`, "-e", `
      const { SourceError } = ${load("@licensing/consumer")};
      const { upstashSource } = ${load("@licensing/consumer/upstash")};
      const read = upstashSource({ url: "http://127.0.0.1:1", token: "t" }).read("42", { signal: AbortSignal.timeout(1000) });
      read.catch((error) => console.log(error instanceof SourceError));`]);
    expect(printed.trim()).toBe("true");
  });
});

/** Uses every entry as a team would. */
const everything = `
import { licenseGate, SourceError, type Decision, type Gate, type Source, type UnknownCode } from "@licensing/consumer";
import { licenseGate as portable } from "@licensing/consumer/portable";
import { upstashSource } from "@licensing/consumer/upstash";
import { redisSource } from "@licensing/consumer/redis";
import { httpSource } from "@licensing/consumer/http";
import { fileSource, licenseIdOfFile } from "@licensing/consumer/file";
import { jwksTrust } from "@licensing/consumer/jwks";
import { machineFingerprint, openLicense, readRequest, type ApplicationDecision, type LicenseStore, type OpenLicense } from "@licensing/consumer/application";
import { licenseMiddleware as hono } from "@licensing/consumer/hono";
import { licenseMiddleware as express } from "@licensing/consumer/express";
import { licenseMiddleware as fastify } from "@licensing/consumer/fastify";
import { licenseMiddleware as lambda } from "@licensing/consumer/lambda";

const sources: Source[] = [
  upstashSource({ url: "https://example.upstash.io", token: "t", fetch }),
  redisSource({ zrange: async (key: string, start: number, stop: number): Promise<string[]> => [key, String(start + stop)] }),
  httpSource({ url: "https://example.com", credential: async (licenseId) => licenseId }),
  fileSource({ text: "" }),
  { format: "certificate", read: async (licenseId: string) => { throw new SourceError("FORBIDDEN"); } },
];
const [source = fileSource({ path: "license.lic" })] = sources;
const gate: Gate = licenseGate({ source, trust: { publicKeys: "" }, audience: "a", applicationSecret: "s", onUnknown: { graceSeconds: 1 }, logger: console });
const other: Gate = portable({ source, trust: jwksTrust({ url: new URL("https://example.com/jwks.json"), fetch }), audience: "a", onUnknown: "deny" });
export async function use(): Promise<string> {
  const decision: Decision = await gate.check("1", { fingerprint: "f", features: ["sso"] });
  if (decision.state === "active") return decision.license.holder.id;
  if (decision.state === "denied") { const denied: false = decision.allowed; return String(denied); }
  const nobody: null = decision.license;
  const code: UnknownCode = decision.code;
  // @ts-expect-error There is no such code.
  if (decision.code === "VALID") return "";
  return String(nobody) + code + String(other.checkNow(licenseIdOfFile("")).staleForMs);
}
export const adapters = [hono({ gate, licenseId: "1" }), express({ gate, licenseId: "1" }), fastify({ gate, licenseId: "1" }), lambda({ gate, licenseId: "1" })];
const kept: LicenseStore = { read: async () => null, write: async (text: string) => { text.trim(); } };
export async function start(): Promise<string> {
  const { fingerprint, from } = await machineFingerprint({ store: "/var/lib/press" });
  const license: OpenLicense = await openLicense({ url: "https://example.com", key: "k", fingerprint, trust: { publicKeys: "" }, store: kept, fetch });
  const decision: ApplicationDecision = license.check({ features: ["sso"], releasedAt: "2027-03-01T00:00:00Z" });
  if (decision.allowed) return decision.license.holder.id;
  await license.replace(decision.holders?.[0]?.activationId ?? "");
  // @ts-expect-error The machine is named when the license is opened.
  license.check({ fingerprint });
  return from + decision.detail + (await license.accept(license.request())).code + String(readRequest("")?.nonce);
}
// @ts-expect-error A gate needs an audience.
licenseGate({ source, trust: { publicKeys: "" } });
`;

describe("its types", () => {
  test.each([
    ["nodenext, with Node's types", { module: "nodenext", moduleResolution: "nodenext", types: ["node"], lib: ["ES2022"] }],
    ["bundler, with a browser's types", { module: "esnext", moduleResolution: "bundler", lib: ["ES2022", "DOM"] }],
    ["node16", { module: "node16", moduleResolution: "node16", types: ["node"], lib: ["ES2022"] }],
    ["node10, which knows no exports", { module: "esnext", moduleResolution: "node10", ignoreDeprecations: "6.0", types: ["node"], lib: ["ES2022"] }],
  ])("are right under %s, library checks included", async (_name, options) => {
    await project.write("everything.ts", everything);
    expect(await project.typeCheck(["everything.ts"], { ...options, skipLibCheck: false })).toBe("");
  });

  test("are right for a project that compiles to CommonJS, under node16", async () => {
    await project.write("everything.cts", everything);
    const options = { module: "node16", moduleResolution: "node16", types: ["node"], lib: ["ES2022"], skipLibCheck: false };
    expect(await project.typeCheck(["everything.cts"], options)).toBe("");
  });

  test("take a function of Hono's context, or of another framework's, without a cast", async () => {
    await project.write("contexts.ts", contexts);
    const options = { module: "nodenext", moduleResolution: "nodenext", types: ["node"], lib: ["ES2022"], skipLibCheck: true };
    expect(await project.typeCheck(["contexts.ts"], options)).toBe("");
  });
});

const contexts = `
import express from "express";
import fastify, { type FastifyRequest } from "fastify";
import { Hono } from "hono";
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from "aws-lambda";
import type { Decision, Gate } from "@licensing/consumer";
import { licenseMiddleware as onHono } from "@licensing/consumer/hono";
import { licenseMiddleware as onExpress } from "@licensing/consumer/express";
import { licenseMiddleware as onFastify } from "@licensing/consumer/fastify";
import { licenseMiddleware as onLambda } from "@licensing/consumer/lambda";

declare const gate: Gate;
new Hono<{ Variables: { license: Decision } }>().use(onHono({ gate, licenseId: (c) => c.req.header("x-license-id"), fingerprint: (c) => c.req.header("x-machine") }));
new Hono().use("/reports/*", onHono({ gate, licenseId: { header: "x-license-id" } }));
express().use(onExpress({ gate, licenseId: (request: express.Request) => request.headers["x-license-id"] }));
express().use(onExpress({ gate, licenseId: { header: "x-license-id" }, fingerprint: { header: "x-machine" } }));
fastify().addHook("onRequest", onFastify({ gate, licenseId: (request: FastifyRequest) => request.headers["x-license-id"] }));
onLambda<APIGatewayProxyEvent>({ gate, licenseId: (event) => event.headers["X-License-Id"] });
onLambda<APIGatewayProxyEventV2>({ gate, licenseId: { header: "X-License-Id" } });
`;

/** Decides with a certificate that is made here, on any runtime. */
const deciding = (from: string) => `
const { licenseGate } = ${from};
const source = { format: "certificate", read: async () => ${JSON.stringify(certify({ fingerprintRequired: false, ...withoutEnd }, { issuedAtMs: Date.now() }))} };
const options = { source, trust: { publicKeys: ${JSON.stringify(signingKey.publicPem)} }, applicationSecret: "${applicationSecret}", audience: "${audience}", issuer: "${issuer}" };
Promise.resolve(licenseGate(options).check("${licenseId}", { fingerprint: "machine-0001" })).then(({ state, code, license }) => console.log(JSON.stringify({ state, code, id: license?.id })));`;
const imported = (from: string) => deciding(`await import("${from}")`);
const required = (from: string) => deciding(`require("${from}")`);
const active = { state: "active", code: "VALID", id: licenseId };

describe("the package runs", () => {
  test.each(["@licensing/consumer", "@licensing/consumer/portable"])("as %s under Node's permission model: nothing but its own code can be read", async (from) => {
    for (const [name, code] of [["deciding.mjs", imported(from)], ["deciding.cjs", required(from)]] as const) {
      const file = await project.write(name, code);
      const allowed = [file, project.installed, join(project.folder, "package.json"), join(project.folder, "node_modules/@noble")];
      const printed = await project.node(["--permission", ...allowed.map((path) => `--allow-fs-read=${path}`), file]);
      expect(JSON.parse(printed), name).toEqual(active);
    }
  });

  test("(control) there the permission model does refuse a file", async () => {
    const file = await project.write("reading.mjs", 'import { readFileSync } from "node:fs"; readFileSync("/etc/hostname");');
    await expect(project.node(["--permission", `--allow-fs-read=${file}`, `--allow-fs-read=${join(project.folder, "package.json")}`, file])).rejects.toThrow("ERR_ACCESS_DENIED");
  });

  test("without Node: a bundle for an edge imports nothing and decides the same", async () => {
    const made = await build({
      stdin: { contents: imported("@licensing/consumer"), resolveDir: project.folder },
      bundle: true,
      write: false,
      format: "esm",
      platform: "neutral",
      mainFields: ["module", "main"],
      metafile: true,
    });
    expect(Object.values(made.metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
    expect(Object.keys(made.metafile.inputs).some((path) => path.endsWith("dist/gate-portable.js"))).toBe(true);
    // A context without Node's own globals: code that uses one of them would fail.
    const hidden = "delete globalThis.process; delete globalThis.Buffer; delete globalThis.setImmediate;\nconst { log } = console;\n";
    const file = await project.write("edge.mjs", hidden + (made.outputFiles[0]?.text ?? "").replaceAll("console.log", "log"));
    expect(JSON.parse(await project.node([file]))).toEqual(active);
  });
});

describe("the weight of the gate with one source, minified", () => {
  test("is at most 34 KB, all of it the package's own code; the texts of ready() load apart and are at most 6 KB", async () => {
    const made = await build({
      stdin: { contents: 'export { licenseGate } from "@licensing/consumer"; export { upstashSource } from "@licensing/consumer/upstash";', resolveDir: project.folder },
      bundle: true,
      splitting: true,
      outdir: "out",
      write: false,
      minify: true,
      format: "esm",
      platform: "node",
      target: "es2022",
      metafile: true,
    });
    const packages = Object.keys(made.metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
    expect([...new Set(packages)].filter((name) => name !== undefined).toSorted()).toEqual(["@licensing/consumer"]);
    const bytes = (isReadiness: boolean) =>
      made.outputFiles.filter(({ path }) => path.includes("readiness") === isReadiness).reduce((sum, { contents }) => sum + contents.length, 0);
    expect(bytes(false)).toBeLessThanOrEqual(34 * 1024);
    expect(bytes(true)).toBeGreaterThan(1_024);
    expect(bytes(true)).toBeLessThanOrEqual(6 * 1024);
  });
});
