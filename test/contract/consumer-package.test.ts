import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { signingKey } from "../support/certificate-fixture.ts";
import { applicationSecret, audience, certify, issuer, licenseId } from "../unit/consumer-world.ts";
import { createProject } from "./consumer-package-project.ts";

type Exports = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

const project = await createProject();
const { exports: exported } = JSON.parse(await readFile(join(project.installed, "package.json"), "utf8")) as { readonly exports: Exports };

const subpaths = ["", "/portable", "/upstash", "/redis", "/http", "/file", "/jwks", "/hono", "/express", "/fastify", "/lambda"];
const names: Readonly<Record<string, readonly string[]>> = {
  "": ["KeyFault", "SourceError", "licenseGate"],
  "/portable": ["KeyFault", "SourceError", "licenseGate"],
  "/upstash": ["upstashSource"],
  "/redis": ["redisSource"],
  "/http": ["httpSource"],
  "/file": ["fileSource", "licenseIdOfFile"],
  "/jwks": ["jwksTrust"],
};

describe("the package as it is published", () => {
  test("holds its build, its README and nothing else, and every export is there, types first", () => {
    expect(project.files.filter((path) => !path.startsWith("dist/"))).toEqual(["README.md", "package.json"]);
    expect(project.files.filter((path) => path.startsWith("dist/") && !/\.(js|d\.ts)$/.test(path))).toEqual([]);
    expect(Object.keys(exported).toSorted()).toEqual([...subpaths.map((path) => `.${path}`), "./package.json"].toSorted());
    for (const targets of Object.values(exported)) {
      const paths = typeof targets === "string" ? [targets] : Object.values(targets);
      for (const path of paths) expect(existsSync(join(project.installed, path)), path).toBe(true);
      if (typeof targets !== "string") expect(Object.keys(targets)[0]).toBe("types");
    }
  });

  test("depends on one package, and imports it and node:crypto alone", async () => {
    const manifest = JSON.parse(await readFile(join(project.installed, "package.json"), "utf8")) as { dependencies: object };
    expect(Object.keys(manifest.dependencies)).toEqual(["@noble/ed25519"]);
    const imports = new Set<string>();
    for (const path of project.files.filter((file) => file.endsWith(".js"))) {
      const text = await readFile(join(project.installed, path), "utf8");
      for (const [, from = ""] of text.matchAll(/from "([^".][^"]*)"/g)) imports.add(`${/file\.js$/.test(path) ? "file: " : ""}${from}`);
    }
    expect([...imports].toSorted()).toEqual(["@noble/ed25519", "file: node:fs/promises", "node:buffer", "node:crypto"]);
  });

  test("publishes types that need no other package", async () => {
    for (const path of project.files.filter((file) => file.endsWith(".d.ts"))) {
      const text = await readFile(join(project.installed, path), "utf8");
      for (const [, from = ""] of text.matchAll(/from "([^"]*)"/g)) expect(from, path).toMatch(/^\.{1,2}\/.*\.js$/);
    }
  });

  test("names no folder of the machine that built it", async () => {
    for (const path of project.files) {
      const text = await readFile(join(project.installed, path), "utf8");
      expect(text, path).not.toMatch(/\/(?:home|tmp|root|work|Users)\//);
    }
  });

  test.each(subpaths)("@licensing/consumer%s loads in Node and exports what it should", async (path) => {
    const printed = await project.node(["--input-type=module", "-e", `console.log(JSON.stringify(Object.keys(await import("@licensing/consumer${path}")).sort()))`]);
    expect(JSON.parse(printed)).toEqual(names[path] ?? ["licenseMiddleware"]);
  });

  test("one SourceError for all its parts", async () => {
    const printed = await project.node(["--input-type=module", "-e", `
      const { SourceError } = await import("@licensing/consumer");
      const { upstashSource } = await import("@licensing/consumer/upstash");
      const read = upstashSource({ url: "http://127.0.0.1:1", token: "t" }).read("42", { signal: AbortSignal.timeout(1000) });
      console.log(await read.catch((error) => error instanceof SourceError));`]);
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
// @ts-expect-error A gate needs an audience.
licenseGate({ source, trust: { publicKeys: "" } });
`;

describe("its types", () => {
  test.each([
    ["nodenext, with Node's types", { module: "nodenext", moduleResolution: "nodenext", types: ["node"], lib: ["ES2022"] }],
    ["bundler, with a browser's types", { module: "esnext", moduleResolution: "bundler", lib: ["ES2022", "DOM"] }],
  ])("are right under %s, library checks included", async (_name, options) => {
    await project.write("everything.ts", everything);
    expect(await project.typeCheck(["everything.ts"], { ...options, skipLibCheck: false })).toBe("");
  });
});

/** Decides with a certificate made here, on whatever runtime. */
const deciding = (from: string) => `
const { licenseGate } = await import("${from}");
const source = { format: "certificate", read: async () => ${JSON.stringify(certify({ fingerprintRequired: false }, { issuedAtMs: Date.now() }))} };
const options = { source, trust: { publicKeys: ${JSON.stringify(signingKey.publicPem)} }, applicationSecret: "${applicationSecret}", audience: "${audience}", issuer: "${issuer}" };
const { state, code, license } = await licenseGate(options).check("${licenseId}", { fingerprint: "machine-0001" });
console.log(JSON.stringify({ state, code, id: license?.id }));`;
const active = { state: "active", code: "VALID", id: licenseId };

describe("it runs", () => {
  test.each(["@licensing/consumer", "@licensing/consumer/portable"])("as %s under Node's permission model: nothing but its own code can be read", async (from) => {
    const file = await project.write("deciding.mjs", deciding(from));
    const allowed = [file, project.installed, join(project.folder, "package.json"), join(project.folder, "node_modules/@noble")];
    const printed = await project.node(["--permission", ...allowed.map((path) => `--allow-fs-read=${path}`), file]);
    expect(JSON.parse(printed)).toEqual(active);
  });

  test("(control) there the permission model does refuse a file", async () => {
    const file = await project.write("reading.mjs", 'import { readFileSync } from "node:fs"; readFileSync("/etc/hostname");');
    await expect(project.node(["--permission", `--allow-fs-read=${file}`, `--allow-fs-read=${join(project.folder, "package.json")}`, file])).rejects.toThrow("ERR_ACCESS_DENIED");
  });

  test("where there is no Node: what a bundler makes for an edge imports nothing, and decides the same", async () => {
    const made = await build({
      stdin: { contents: deciding("@licensing/consumer"), resolveDir: project.folder },
      bundle: true,
      write: false,
      format: "esm",
      platform: "neutral",
      mainFields: ["module", "main"],
      metafile: true,
    });
    expect(Object.values(made.metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
    expect(Object.keys(made.metafile.inputs).some((path) => path.endsWith("dist/gate-portable.js"))).toBe(true);
    // Without what only Node has: a global that it reached for would be missing.
    const hidden = "delete globalThis.process; delete globalThis.Buffer; delete globalThis.setImmediate;\nconst { log } = console;\n";
    const file = await project.write("edge.mjs", hidden + (made.outputFiles[0]?.text ?? "").replaceAll("console.log", "log"));
    expect(JSON.parse(await project.node([file]))).toEqual(active);
  });
});

describe("its weight, the gate with one source, minified", () => {
  test("is at most 30 KB with everything inside, which is one other package", async () => {
    const made = await build({
      stdin: { contents: 'export { licenseGate } from "@licensing/consumer"; export { upstashSource } from "@licensing/consumer/upstash";', resolveDir: project.folder },
      bundle: true,
      write: false,
      minify: true,
      format: "esm",
      platform: "node",
      target: "es2022",
      metafile: true,
    });
    const packages = Object.keys(made.metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
    expect([...new Set(packages)].filter((name) => name !== undefined).toSorted()).toEqual(["@licensing/consumer", "@noble/ed25519"]);
    expect(made.outputFiles[0]?.contents.length).toBeLessThanOrEqual(30 * 1024);
  });
});
