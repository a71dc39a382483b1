import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { PGlite } from "@electric-sql/pglite";

const folderDefault = path.join(import.meta.dirname, "../../../.build/clusters");

/**
 * The files of an empty cluster, as a tar. The engine makes them by `initdb`, which costs four seconds of CPU. They hold no roles and
 * no secrets of ours, so one copy serves every new database: it is kept in `folder`, by default in this checkout, under a digest of
 * the engine that made it. It is made anew if it is missing or damaged.
 */
export async function newCluster(folder: string = folderDefault): Promise<Blob> {
  const file = path.join(folder, `${engineDigest()}.tar.gz`);
  return new Blob([readKept(file) ?? (await make(file))]);
}

/** A digest of the engine's programs and data, and of its `package.json`, whose version stands for the package's other files. */
function engineDigest(): string {
  const programs = path.dirname(fileURLToPath(import.meta.resolve("@electric-sql/pglite")));
  const files = ["initdb.wasm", "pglite.wasm", "pglite.data", "../package.json"];
  const hash = createHash("sha256");
  for (const name of files) hash.update(createHash("sha256").update(readFileSync(path.join(programs, name))).digest());
  return hash.digest("hex").slice(0, 32);
}

/** Undefined if nothing is kept, or if gzip's checksum differs. */
function readKept(file: string): Buffer<ArrayBuffer> | undefined {
  try {
    return gunzipSync(readFileSync(file));
  } catch {
    return undefined;
  }
}

async function make(file: string): Promise<Buffer<ArrayBuffer>> {
  const engine = await PGlite.create();
  try {
    const tar = Buffer.from(await (await engine.dumpDataDir("none")).arrayBuffer());
    keep(file, tar);
    return tar;
  } finally {
    await engine.close();
  }
}

/** Other processes see the whole file or none. Nothing is kept in a checkout that may not be written to. */
function keep(file: string, tar: Buffer): void {
  const part = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(part, gzipSync(tar, { level: 1 }));
    renameSync(part, file);
  } catch {
    rmSync(part, { force: true });
  }
}
