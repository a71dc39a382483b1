import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isFinished, sourcesDigest } from "../../infra/bundle/finished-build.ts";
import { commandOf, fromPlatforms } from "../support/platforms.ts";
import { whenDone } from "../support/when-done.ts";
import { patient } from "../support/slowness.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
/** Another team's project: the package as it is packed, installed by extraction, and its dependencies beside it. */
export type Project = {
  readonly folder: string;
  readonly installed: string;
  /** Every file of the tarball. */
  readonly files: readonly string[];
  readonly write: (file: string, text: string) => Promise<string>;
  /** Runs node in the project; rejects with its output if it fails. */
  readonly node: (args: readonly string[], environment?: Readonly<Record<string, string>>) => Promise<string>;
  /** Type-checks files; answers the compiler's complaints. */
  readonly typeCheck: (files: readonly string[], options: Readonly<Record<string, unknown>>) => Promise<string>;
};

/** A package below `core/`, its dependencies, and the packages that its examples use. */
export type Published = { readonly name: string; readonly dependencies: readonly string[]; readonly used: readonly string[] };

const consumer: Published = { name: "consumer", dependencies: ["@noble/ed25519"], used: ["hono", "express", "fastify", "ioredis", "@types/node", "@types/express", "@types/aws-lambda"] };

export async function createProject({ name: published, dependencies, used }: Published = consumer): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), `${published}-project-`));
  whenDone(() => rm(folder, { recursive: true, force: true }));
  const installed = join(folder, "node_modules/@licensing", published);
  const files = await install(join(root, "core", published), { folder, installed });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "another-team", private: true, type: "module" }));
  for (const name of dependencies) await cp(join(root, "node_modules", name), join(folder, "node_modules", name), { recursive: true });
  for (const name of used) await link(name, folder);
  const write: Project["write"] = async (file, text) => {
    await writeFile(join(folder, file), text);
    return join(folder, file);
  };
  const node: Project["node"] = async (args, environment = {}) => {
    const env = { PATH: process.env["PATH"] ?? "", ...environment };
    return (await run(process.execPath, [...args], { cwd: folder, env, timeout: patient(180_000) })).stdout;
  };
  return { folder, installed, files, write, node, typeCheck: (names, options) => typeCheck({ folder, node, write }, names, options) };
}

/** Packs a copy, so that nothing is left in the source tree. The copy gets the last build if its sources are unchanged, else a new one. */
async function install(source: string, { folder, installed }: Pick<Project, "folder" | "installed">): Promise<readonly string[]> {
  const staged = join(folder, "staged");
  await mkdir(staged);
  const manifest = JSON.parse(await readFile(join(source, "package.json"), "utf8")) as Record<string, unknown>;
  await writeFile(join(staged, "package.json"), JSON.stringify({ ...manifest, scripts: {} }));
  for (const path of (manifest["files"] as readonly string[]).filter((each) => each !== "dist")) await cp(join(source, path), join(staged, path));
  const dist = join(source, "dist");
  const isBuilt = source === join(root, "core/consumer") && isFinished({ project: root, functions: join(root, ".build/functions"), dist }, sourcesDigest(root));
  if (isBuilt) await cp(dist, join(staged, "dist"), { recursive: true });
  else await run(process.execPath, [join(source, "build.ts"), join(staged, "dist")], { cwd: root });
  const packed = await run("npm", ["pack", "--json", "--offline", "--ignore-scripts"], { cwd: staged });
  const [tarball] = JSON.parse(packed.stdout) as { filename: string; files: { path: string }[] }[];
  await mkdir(installed, { recursive: true });
  await run("tar", ["-xzf", join(staged, tarball?.filename ?? ""), "-C", installed, "--strip-components=1"]);
  await rm(staged, { recursive: true });
  return (tarball?.files ?? []).map(({ path }) => path).toSorted();
}

/** The faults that `publint` and `@arethetypeswrong/cli` find in a package, and its entry points. `arguments_`: more for the latter. */
export async function judged({ installed }: Project, arguments_: readonly string[] = []): Promise<{ readonly faults: readonly unknown[]; readonly entries: readonly string[] }> {
  const packed = await run("npm", ["pack", "--json", "--offline", "--ignore-scripts"], { cwd: installed });
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  const options = { maxBuffer: 16_777_216, timeout: patient(180_000) };
  const judge = run(process.execPath, [commandOf("attw"), join(installed, filename), "--format", "json", "--no-definitely-typed", ...arguments_], options);
  // It ends with 1 if it finds a fault. It also lists those that its arguments pass over.
  const { stdout, hasFaults } = await judge.then((ended) => ({ ...ended, hasFaults: false }), (error: unknown) => ({ ...(error as { stdout: string }), hasFaults: true }));
  const { analysis } = JSON.parse(stdout) as { analysis: { problems: readonly { kind: string }[]; entrypoints: object } };
  const { publint } = await fromPlatforms<{ publint: (options: object) => Promise<{ messages: readonly unknown[] }> }>("publint");
  const { messages } = await publint({ pkgDir: installed, strict: true, pack: false });
  return { faults: [...(hasFaults ? analysis.problems : []), ...messages], entries: Object.keys(analysis.entrypoints) };
}

/** The packages whose licenses a package holds. */
export async function thirdParties({ installed }: Project): Promise<readonly string[]> {
  const text = await readFile(join(installed, "dist/THIRD-PARTY.txt"), "utf8");
  return [...text.matchAll(/^=== (\S+) [0-9.]+ \(\S+\)\n\n(?=[\s\S]{500})/gm)].map(([, name = ""]) => name);
}

async function link(name: string, folder: string): Promise<void> {
  const target = join(folder, "node_modules", name);
  await mkdir(dirname(target), { recursive: true });
  await symlink(join(root, "node_modules", name), target, "dir");
}

async function typeCheck(
  project: Pick<Project, "folder" | "node" | "write">,
  files: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<string> {
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true, target: "ES2022", types: [] };
  const config = await project.write(`tsconfig.${files.join("-")}.json`, JSON.stringify({ compilerOptions: { ...strict, ...options }, files }));
  try {
    return await project.node([join(root, "node_modules/typescript/bin/tsc"), "-p", config]);
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
