import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform, type BuildOptions } from "esbuild";
import { writeTypes } from "../../infra/bundle/package-types.ts";
import { writeThirdParty } from "../../infra/bundle/third-party.ts";

/**
 * Builds the published package: one ES module and one CommonJS module for each entry, with shared code in chunks, and types for
 * both. The entry for Workers has no CommonJS module. Usage: `node build.ts [folder]`. The folder is by default `dist` beside this
 * file, and is emptied first. The ES modules import the package's dependency, so that a consumer has one copy of it. The CommonJS
 * modules contain the dependency, because it exists only as an ES module, which neither Jest nor Node before 20.19 can require.
 */
const here = fileURLToPath(new URL(".", import.meta.url));
const core = dirname(here.replace(/\/$/, ""));
const entries = ["gate", "gate-portable", "gate-workers", "upstash", "redis", "http", "file", "jwks", "hono", "express", "fastify", "lambda", "application"];
const files = entries.map((entry) => join(here, `${entry}.ts`));

/**
 * Names of members that only the package uses; no claim, header or answer has a member of such a name. The build shortens these
 * names, because a consumer's minifier can't.
 */
const internalNames = [
  "answer", "answers", "begins", "behind", "believed", "breaker", "bytesMax", "charactersMax", "checks",
  "ciphertext", "claims", "clock", "closed", "counts", "cryptography", "currency", "digests", "distrust", "ending",
  "ends", "engine", "expected", "failure", "freshBeacon", "flight", "givenUp", "glance", "held", "highWater", "iatFloor",
  "isCanonical", "isHandedOver", "isTruncated", "isTrusted", "lifetime", "mayKeepConnection", "member", "misasked", "misasks",
  "missing", "mustWait", "overtaken", "parseSecret", "parts", "payload", "place", "plain", "profile", "publicKey",
  "readHeader", "reading", "refusal", "refused", "report", "reported", "sealed", "seat", "seatDigest", "seatOf", "secret",
  "segment", "sequenceFloor", "settings", "signingInput", "under", "valid", "verdict", "waits",
];

const folder = resolve(process.argv[2] ?? join(here, "dist"));
await rm(folder, { recursive: true, force: true });
await bundle();
await bundleCommonJs();
await writeTypes({ root: core, files, ambient: [join(here, "cloudflare-workers.d.ts")] }, join(folder, "types"));

function bundling(): BuildOptions {
  return {
    absWorkingDir: core,
    entryPoints: files,
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    chunkNames: "shared/[name]-[hash]",
    mangleProps: new RegExp(`[a-z]Ms$|^(?:${internalNames.join("|")})$`),
    reserveProps: /^(timeoutMs|staleForMs)$/,
    logLevel: "warning",
  };
}

async function bundle(): Promise<void> {
  await build({ ...bundling(), packages: "external" });
}

/** Bundles the ES modules again with the dependency inside, and writes each as CommonJS, and the dependency's license. */
async function bundleCommonJs(): Promise<void> {
  const { outputFiles = [], metafile } = await build({ ...bundling(), entryPoints: files.filter((file) => !file.endsWith("gate-workers.ts")), write: false, metafile: true });
  await writeThirdParty({ metafile, root: core }, join(folder, "THIRD-PARTY.txt"));
  for (const { path, text } of outputFiles) {
    const renamed = text.replaceAll(/(from |import |import\()"(\.{1,2}\/[^"]*)\.js"/g, '$1"$2.cjs"');
    const { code } = await transform(renamed, { format: "cjs", platform: "node", target: "es2022", supported: { "dynamic-import": false } });
    const target = path.replace(/\.js$/, ".cjs");
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, code);
  }
}
