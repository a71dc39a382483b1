import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { routes, schedules } from "../../infra/routes.ts";

/** The rules of the house, read off every import. */
const root = path.join(import.meta.dirname, "../..");

type Source = { readonly file: string; readonly imports: readonly Import[]; readonly text: string };
type Import = { readonly specifier: string; readonly target: string; readonly typeOnly: boolean };

const sources: readonly Source[] = globSync(["core/**/*.ts", "functions/**/*.ts", "infra/**/*.ts"], {
  cwd: root,
  exclude: (name) => /node_modules|(^|\/)dist(\/|$)/.test(String(name)),
})
  .map((file) => file.split(path.sep).join("/"))
  .filter((file) => !/node_modules|\/dist\//.test(file))
  .map(read);

function read(file: string): Source {
  const text = readFileSync(path.join(root, file), "utf8");
  const imports: Import[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
      const specifier = node.moduleSpecifier.text;
      const typeOnly = ts.isImportDeclaration(node) ? node.importClause?.isTypeOnly === true : node.isTypeOnly;
      imports.push({ specifier, target: resolve(file, specifier), typeOnly });
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteral(argument)) imports.push({ specifier: argument.text, target: resolve(file, argument.text), typeOnly: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return { file, imports, text };
}

function resolve(from: string, specifier: string): string {
  if (specifier.startsWith(".")) return path.posix.join(path.posix.dirname(from), specifier);
  return specifier.replace(/^@licensing\/core\//, "core/");
}

const within = (folder: string) => sources.filter(({ file }) => file.startsWith(folder));
const io = /^(node:(http|https|net|tls|fs|dns|child_process|worker_threads|dgram)(\/.*)?|@neondatabase\/serverless|@upstash\/redis|drizzle-orm(\/.*)?|pg|ioredis)$/;

/** Rooms and files that do IO by name, beside the suffixes. */
const namedForIo = [
  "core/lifecycle/perform.store.ts", "core/access/authenticate.store.ts", "core/access/authorize.store.ts",
  ...within("core/http/").map(({ file }) => file),
  ...within("core/platform/").map(({ file }) => file),
  ...within("core/consumer/").map(({ file }) => file),
];

describe("the architecture", () => {
  test("a file without a passport imports no IO, and asks no database", () => {
    const offenders = within("core/")
      .filter(({ file }) => !/\.(store|sql)\.ts$/.test(file) && !namedForIo.includes(file))
      .filter(({ imports, text }) => imports.some(({ specifier, typeOnly }) => !typeOnly && io.test(specifier)) || /\bdatabase\.(read|write)\(/.test(text))
      .map(({ file }) => file);
    expect(offenders).toEqual([]);
  });

  test("a table holds a table: a .sql.ts file imports drizzle's builders and other tables only", () => {
    const offenders = within("core/")
      .filter(({ file }) => file.endsWith(".sql.ts"))
      .flatMap(({ file, imports }) => imports.filter(({ target }) => !/^drizzle-orm(\/pg-core)?$|\.sql\.ts$/.test(target)).map(({ target }) => `${file} → ${target}`));
    expect(offenders).toEqual([]);
  });

  test("only the commit writes license state, seats and events", () => {
    const writes = /(insert into|update|delete from)\s+licensing\."(License|Activation|LicenseEvent|LicenseKey|TrialLedger)"/i;
    const allowed = ["core/commit/commit.store.ts", "core/lifecycle/touch.sql.ts", "core/publication/queue.store.ts"];
    const offenders = sources.filter(({ file, text }) => writes.test(text) && !allowed.includes(file)).map(({ file }) => file);
    expect(offenders).toEqual([]);
  });

  test("only the road, its repetition and the reconciler publish", () => {
    const allowed = ["core/lifecycle/perform.store.ts", "core/lifecycle/republish.store.ts", "core/lifecycle/newest-certificate.store.ts", "core/publication/reconcile.job.ts", "core/publication/publish.store.ts", "core/certificate/publications.ts"];
    const publishers = sources
      .filter(({ imports, text }) => imports.some(({ target, typeOnly }) => !typeOnly && /certificate\/((publish|certificate)\.store|publications)\.ts$/.test(target)) && /\b(publish|publishAgain|putCertificate|addCertificate)\b\(/.test(text))
      .map(({ file }) => file)
      .filter((file) => !allowed.includes(file));
    expect(publishers).toEqual([]);
  });

  test("the edge knows no nouns of the domain, and pure domain code knows no HTTP", () => {
    const nouns = /^core\/(license|policy|activation|event|lifecycle|certificate|keyring|consumer)\//;
    const edge = within("core/http/").flatMap(({ file, imports }) => imports.filter(({ target }) => nouns.test(target)).map(({ target }) => `${file} → ${target}`));
    expect(edge).toEqual([]);
    const domain = [...within("core/license/"), ...within("core/activation/"), ...within("core/policy/"), ...within("core/event/")]
      .filter(({ file }) => !/\.store\.ts$|-reply\.ts$/.test(file))
      .flatMap(({ file, imports }) => imports.filter(({ target, typeOnly }) => !typeOnly && /^core\/http\//.test(target)).map(({ target }) => `${file} → ${target}`));
    expect(domain).toEqual([]);
  });

  test("a function imports core and zod, and nothing else", () => {
    const allowed = /^(core\/|zod\/mini$|\.\/[a-z-]+\.json$|functions\/[a-z-]+\/[a-z-]+\.json$)/;
    const offenders = within("functions/").flatMap(({ file, imports }) => imports.filter(({ target }) => !allowed.test(target)).map(({ target }) => `${file} → ${target}`));
    expect(offenders).toEqual([]);
    const environment = within("functions/").filter(({ text }) => /process\.env/.test(text)).map(({ file }) => file);
    expect(environment).toEqual([]);
  });

  test("core doesn't import functions or infra", () => {
    const offenders = within("core/").flatMap(({ file, imports }) => imports.filter(({ target }) => /^(functions|infra|test)\//.test(target)).map(({ target }) => `${file} → ${target}`));
    expect(offenders).toEqual([]);
  });

  test("one file reads the environment of the service", () => {
    const readers = [...within("core/"), ...within("functions/")].filter(({ text }) => /process\.env/.test(text)).map(({ file }) => file);
    expect(readers.filter((file) => !/^core\/(platform\/(runtime|config)|consumer\/)/.test(file))).toEqual([]);
  });

  test("the consumer imports what it verifies with, and nothing else of ours", () => {
    const allowed = /^(core\/consumer\/|core\/certificate\/|core\/keyring\/(verify-key|ring|secret|application-secret|portable|public-key|public-pem|pem|jwks|key-fault)\.ts$|core\/license\/assess\.ts$|zod\/mini$|@noble\/ed25519$|node:|esbuild$|typescript$)/;
    const offenders = within("core/consumer/").flatMap(({ file, imports }) => imports.filter(({ target }) => !allowed.test(target)).map(({ target }) => `${file} → ${target}`));
    expect(offenders).toEqual([]);
  });

  test("every route and schedule has its function, and every function its row", () => {
    const rows = [...routes, ...schedules].map((row) => `functions/${row.function}.ts`);
    expect(new Set(rows).size).toBe(rows.length);
    expect(rows.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
    const files = within("functions/").map(({ file }) => file).filter((file) => !file.endsWith(".test.ts"));
    expect(files.filter((file) => !rows.includes(file))).toEqual([]);
  });

  test("no barrels and no utils", () => {
    expect(sources.filter(({ file }) => /(^|\/)(index|utils?|helpers?|common|misc)\.ts$/.test(file)).map(({ file }) => file)).toEqual([]);
  });

  test("no cycles", () => {
    expect(findCycle(new Map(sources.map(({ file, imports }) => [file, imports.filter(({ typeOnly }) => !typeOnly).map(({ target }) => target)])))).toEqual([]);
  });

  test("functions are 15 to 60 lines, and no source file is over 400", () => {
    const long = sources.filter(({ file, text }) => text.split("\n").length > (file.startsWith("functions/") ? 75 : 400)).map(({ file, text }) => `${file}: ${text.split("\n").length}`);
    expect(long).toEqual([]);
  });

  test("how many migrations readiness expects is how many there are", async () => {
    const { migrationsExpected } = await import("@licensing/core/rotation/readiness.store.ts");
    expect(globSync("migrations/[0-9]*.sql", { cwd: root })).toHaveLength(migrationsExpected);
  });
});

/** The first cycle of a graph, as its files in order; empty: none. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const target of graph.get(file) ?? []) {
      const cycle = walk(target, [...trail, file]);
      if (cycle.length > 0) return cycle;
    }
    done.add(file);
    return [];
  };
  for (const file of graph.keys()) {
    const cycle = walk(file, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
