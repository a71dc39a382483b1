import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { routes, schedules } from "../../../infra/routes.ts";
import type { Graph, RenderReply, RenderRequest } from "./graph.ts";
import { openRenderers } from "./renderers.ts";
import { told } from "./told.ts";

/**
 * Renders the deployment: SST's real components over Pulumi's mock engine, in a child process, over a copy of the checkout. No account,
 * no network but loopback. A reply is kept under the digest of everything that it depends on. Source changes are for tests that show
 * that a rule can be broken.
 */
export type Change = {
  readonly file: string;
  /** Text that must occur in the file, so that no change is without effect. */
  readonly from: string;
  readonly to: string;
};

export type RenderOptions = {
  readonly stage: string;
  readonly dev?: boolean;
  /** Changes to an environment with every required variable; undefined removes one. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly changes?: readonly Change[];
  /** With the whole of Pulumi's SDK; otherwise without its parts that show in no graph (lean.ts). */
  readonly whole?: boolean;
};

const project = join(import.meta.dirname, "../../..");
const sst = join(project, ".sst");
const cache = join(project, ".build/infra-renders");
const parallelMax = 2;
const renderers = openRenderers(join(cache, "code"));

/** The graph of a valid deployment. Throws the program's error. */
export async function renderGraph(options: RenderOptions): Promise<Graph> {
  const reply = await render(options);
  if ("error" in reply) throw new Error(reply.error);
  return reply.graph;
}

const pending = new Map<string, Promise<RenderReply>>();

/** The graph, or the message of the error that stopped the render. The same content is rendered once. */
export async function render(options: RenderOptions): Promise<RenderReply> {
  const asked = spelled(options);
  const reply = pending.get(asked) ?? renderOnce(options);
  pending.set(asked, reply);
  return reply;
}

/** Options as text, equal for equal options only: a removed variable differs from an absent one. */
export function spelled(options: RenderOptions): string {
  return JSON.stringify(options, (_key, value: unknown) => (value === undefined ? null : value));
}

async function renderOnce(options: RenderOptions): Promise<RenderReply> {
  if (!existsSync(join(sst, "provider-lock.json"))) throw new Error("No .sst/platform here: run `node infra/install.ts` first.");
  const files = sources(options.changes ?? []);
  const environment = { ...told, ...options.environment };
  const key = fingerprint({ files, environment, stage: options.stage, dev: options.dev === true, whole: options.whole === true });
  const known = join(cache, `${key}.json`);
  if (existsSync(known)) return JSON.parse(readFileSync(known, "utf8")) as RenderReply;
  const reply = await limited(() => renderIn({ files, environment, options }));
  if ("interrupted" in reply) throw new Error(reply.interrupted);
  mkdirSync(cache, { recursive: true });
  const partial = `${known}.${process.pid}`;
  writeFileSync(partial, JSON.stringify(reply));
  renameSync(partial, known);
  return reply;
}

type Files = ReadonlyMap<string, string>;
type Work = { readonly files: Files; readonly environment: Readonly<Record<string, string | undefined>>; readonly options: RenderOptions };

async function renderIn({ files, environment, options }: Work): Promise<RenderReply | { readonly interrupted: string }> {
  const work = mkdtempSync(join(tmpdir(), "licensing-render-"));
  const root = join(work, "checkout");
  try {
    for (const [file, content] of files) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), content);
    }
    // Folders that the deployment copies beside functions, and reads itself.
    for (const folder of ["migrations", "functions/reference/assets"]) cpSync(join(project, folder), join(root, folder), { recursive: true });
    // Links as npm makes them: the workspace by its name, and the packages of its copied part.
    mkdirSync(join(root, "node_modules/@licensing"), { recursive: true });
    symlinkSync(join(root, "core"), join(root, "node_modules/@licensing/core"));
    symlinkSync(join(project, "node_modules/zod"), join(root, "node_modules/zod"));
    const present = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const request: RenderRequest = {
      root, sst, work, stage: options.stage, dev: options.dev === true, whole: options.whole === true, environment: Object.fromEntries(present),
    };
    return await renderers.render(request);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The program's modules of the service: each module of `core` that its files import, directly or not. */
function copied(): readonly string[] {
  const { files: program } = JSON.parse(readFileSync(join(project, "infra/tsconfig.json"), "utf8")) as { readonly files: readonly string[] };
  const files = new Set(program.map((file) => join("infra", file)));
  // The loop also visits members that are added to the set meanwhile.
  for (const file of files) {
    const text = readFileSync(join(project, file), "utf8");
    for (const [, path = ""] of text.matchAll(/(?:^import (?!type\b).* from|\bimport\() ?"([^"]+\.ts)"/gm)) {
      files.add(path.startsWith("@licensing/core/") ? path.replace("@licensing/", "") : join(dirname(file), path));
    }
  }
  return ["core/package.json", ...[...files].filter((file) => file.startsWith("core/"))];
}

/** The program's sources with the changes, and an empty file for each handler of the real table. */
function sources(changes: readonly Change[]): Files {
  const infra = readdirSync(join(project, "infra")).filter((name) => name.endsWith(".ts"));
  const files = new Map<string, string>();
  for (const row of [...routes, ...schedules]) files.set(`functions/${row.function}.ts`, "");
  files.set("infra/migrate.ts", "");
  for (const file of ["sst.config.ts", ...copied(), ...infra.map((name) => `infra/${name}`)]) files.set(file, readFileSync(join(project, file), "utf8"));
  files.set(stagesFile, filledIn(files.get(stagesFile) ?? ""));
  for (const { file, from, to } of changes) {
    const before = files.get(file) ?? "";
    if (!before.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)} to change`);
    files.set(file, before.replaceAll(from, to));
  }
  return files;
}

const stagesFile = "infra/stages.ts";

/** The stages as an operator fills them in, without examples. */
export function filledIn(stages: string): string {
  return stages.replaceAll(/\bexample\b/g, "acme");
}

/** A digest of everything that a render depends on: its input, SST itself, and this tooling. */
function fingerprint(input: { files: Files; environment: Work["environment"]; stage: string; dev: boolean; whole: boolean }): string {
  const hash = createHash("sha256").update(process.version).update(JSON.stringify({ ...input, files: [...input.files] }));
  for (const name of ["provider-lock.json", "platform/version"]) hash.update(readFileSync(join(sst, name)));
  const watched = [import.meta.dirname, join(project, "migrations")];
  for (const folder of watched) {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
    for (const path of paths) hash.update(path).update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 32);
}

let running = 0;
const waiting: (() => void)[] = [];

async function limited<Result>(work: () => Promise<Result>): Promise<Result> {
  if (running >= parallelMax) await new Promise<void>((turn) => waiting.push(turn));
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}
