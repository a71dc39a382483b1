import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import renderer from "@scalar/fastify-api-reference";
import fastify from "fastify";

/**
 * The scripts of the contract's page, as the function beside it serves them: Scalar's renderer, which its package for Fastify brings whole
 * and without dependencies, and the page's own script with the guides. Each name has a digest of the content.
 */
const folder = join(import.meta.dirname, "../../functions/reference/assets");
/** Of 11: 11 saves a tenth and takes ten times as long. */
const brotliQuality = 8;
const nameLength = 16;

type Script = { readonly name: string; readonly content: Buffer };
type Scripts = { readonly renderer: Script; readonly page: Script };

export async function referenceScripts(): Promise<Scripts> {
  const text = (name: string) => readFileSync(join(import.meta.dirname, name), "utf8");
  const page = `const guides = ${JSON.stringify(text("guides.md"))};\n${text("page.js").replace('"use strict";\n', "")}`;
  return { renderer: named("renderer", await rendererCode()), page: named("page", Buffer.from(`"use strict";\n${page}`)) };
}

/** Writes the scripts compressed, and removes the former ones. A script that is there already isn't compressed again. */
export async function writeReferenceAssets(): Promise<void> {
  const scripts = Object.values(await referenceScripts());
  mkdirSync(folder, { recursive: true });
  const wanted = scripts.flatMap(({ name }) => [`${name}.br`, `${name}.gz`]);
  for (const name of readdirSync(folder).filter((present) => !wanted.includes(present))) rmSync(join(folder, name));
  for (const { name, content } of scripts.filter((script) => !existsSync(join(folder, `${script.name}.gz`)))) {
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality, [constants.BROTLI_PARAM_LGWIN]: 24 } }));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
  }
}

async function rendererCode(): Promise<Buffer> {
  const server = fastify();
  await server.register(renderer, { routePrefix: "/reference", configuration: { content: { openapi: "3.1.0", info: { title: "", version: "" }, paths: {} } } });
  const { rawPayload, statusCode } = await server.inject("/reference/js/scalar.js");
  await server.close();
  if (statusCode !== 200) throw new Error("@scalar/fastify-api-reference has no js/scalar.js.");
  return rawPayload;
}

function named(name: string, content: Buffer): Script {
  return { name: `${name}.${createHash("sha256").update(content).digest("hex").slice(0, nameLength)}.js`, content };
}

if (import.meta.main) await writeReferenceAssets();
