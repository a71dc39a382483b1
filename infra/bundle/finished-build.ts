import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Metafile } from "esbuild";
import { parsedJson } from "@licensing/core/base/parsed-json.ts";
import { targets } from "./targets.ts";

/** A build's places, absolute: the project, the folder of all bundles, the consumer's package. */
type Build = { readonly project: string; readonly functions: string; readonly dist: string };

const roots = ["core", "functions", "infra"] as const;
const others = ["package.json", "package-lock.json", "tsconfig.json", "node_modules/.package-lock.json"] as const;
const generated = /(^|\/)(node_modules|dist)(\/|$)/;
const record = "finished.json";

/** A digest of every file of ours that a build may read, and of the list of installed packages. */
export function sourcesDigest(project: string): string {
  const files = roots.flatMap((root) => filesBelow(join(project, root)));
  return digestOf(project, [...files, ...others.map((name) => join(project, name)).filter(existsSync)]);
}

/** Records in the bundles' folder a digest of the sources and of the results. `sources` is the digest from before the build began. */
export function recordBuild(build: Build, sources: string): void {
  const packages = filesOfPackages(build);
  const made = { packages, digest: digestOfAll(build, sources, packages) };
  writeFileSync(join(build.functions, record), JSON.stringify(made));
}

/**
 * Whether the sources and the results of the recorded build are unchanged. Also false if a file vanishes while it is read, because
 * another process is replacing the build.
 */
export function isFinished(build: Build, sources: string): boolean {
  try {
    return isAsRecorded(build, sources);
  } catch {
    return false;
  }
}

function isAsRecorded(build: Build, sources: string): boolean {
  const file = join(build.functions, record);
  const kept = existsSync(file) ? parsedJson(readFileSync(file, "utf8")) : undefined;
  if (typeof kept !== "object" || kept === null || !("packages" in kept) || !("digest" in kept) || !Array.isArray(kept.packages)) return false;
  const packages = kept.packages.map(String);
  return packages.every((name) => existsSync(join(build.project, name))) && kept.digest === digestOfAll(build, sources, packages);
}

/** The files of packages whose code is in a bundle, and the `package.json` of each package, as paths from the project's root. */
function filesOfPackages({ project, functions }: Build): readonly string[] {
  const inputs = targets.flatMap(({ name }) => {
    const { inputs: read } = JSON.parse(readFileSync(join(functions, name, "meta.json"), "utf8")) as Metafile;
    return Object.keys(read).filter((input) => generated.test(input));
  });
  const manifests = inputs.flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(input)?.map((folder) => `${folder}package.json`) ?? []);
  return [...new Set([...inputs, ...manifests])].filter((name) => existsSync(join(project, name))).toSorted();
}

function digestOfAll({ project, functions, dist }: Build, sources: string, packages: readonly string[]): string {
  const read = digestOf(project, packages.map((name) => join(project, name)));
  const written = [functions, dist].map((folder) => digestOf(folder, filesBelow(folder, /^$/).filter((file) => file !== join(functions, record))));
  return createHash("sha256").update([sources, read, ...written].join(" ")).digest("hex");
}

function filesBelow(folder: string, except: RegExp = generated): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (except.test(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path, except) : [path];
  });
}

/** A digest of the files' names, relative to `folder`, and of their contents. */
function digestOf(folder: string, files: readonly string[]): string {
  const lines = files.map((file) => `${relative(folder, file)} ${createHash("sha256").update(readFileSync(file)).digest("hex")}\n`);
  return createHash("sha256").update(lines.toSorted().join("")).digest("hex");
}
