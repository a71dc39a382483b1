import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

type Entries = {
  /** The folder that the published paths are relative to. */
  readonly root: string;
  readonly files: readonly string[];
  /** Declarations that the compiler needs and that aren't published. */
  readonly ambient?: readonly string[];
};

/** Writes the types of a published package into `folder`: for each file that an entry imports one declaration for ES modules and one for CommonJS. */
export async function writeTypes(entries: Entries, folder: string): Promise<void> {
  const declarations = declare(entries);
  for (const file of reachable(entries, declarations)) {
    const text = declarations.get(file) ?? "";
    const target = join(folder, relative(entries.root, file));
    await mkdir(dirname(target), { recursive: true });
    // A published `.d.ts` file must import `.js` names, and a `.d.cts` file `.cjs` names.
    await writeFile(target, text.replaceAll(/(from "\.[^"]*)\.ts"/g, '$1.js"'));
    await writeFile(target.replace(/\.d\.ts$/, ".d.cts"), text.replaceAll(/(from "\.[^"]*)\.ts"/g, '$1.cjs"'));
  }
}

/**
 * Writes the types of ES modules that name the type of each of their exports, and of the modules that these types import. Reads these
 * modules alone, so that a program of many files, for which TypeScript takes half a minute, has types for its few exports. Throws for an
 * export without a type.
 */
export async function writeModuleTypes(file: string, folder: string): Promise<void> {
  const wanted = new Set([file]);
  await mkdir(folder, { recursive: true });
  for (const path of wanted) {
    const compilerOptions = { isolatedDeclarations: true, declaration: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    const { outputText, diagnostics = [] } = ts.transpileDeclaration(await readFile(path, "utf8"), { fileName: path, compilerOptions, reportDiagnostics: true });
    if (diagnostics.length > 0) throw new Error(`${path}: ${ts.flattenDiagnosticMessageText(diagnostics[0]?.messageText, "\n")}`);
    for (const [, name = ""] of outputText.matchAll(/from "\.\/([^"]*\.ts)"/g)) wanted.add(join(dirname(path), name));
    await writeFile(join(folder, basename(path).replace(/\.ts$/, ".d.ts")), outputText.replaceAll(/(from "\.[^"]*)\.ts"/g, '$1.js"'));
  }
}

/** The type declarations of every file that an entry imports, by the path of a declaration file beside the source. */
function declare({ root, files, ambient = [] }: Entries): ReadonlyMap<string, string> {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2024.d.ts", "lib.dom.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    skipLibCheck: true,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: root,
  };
  const written = new Map<string, string>();
  const program = ts.createProgram([...files, ...ambient], options);
  const result = program.emit(undefined, (file, text) => void written.set(resolve(file), text));
  const faults = [...ts.getPreEmitDiagnostics(program), ...result.diagnostics];
  if (faults.length > 0) {
    throw new Error(ts.formatDiagnostics(faults, { getCanonicalFileName: (file) => file, getCurrentDirectory: () => root, getNewLine: () => "\n" }));
  }
  return written;
}

/** The paths of the entries' declarations and of all declarations that these import. No other declarations are published. */
function reachable({ files }: Entries, declarations: ReadonlyMap<string, string>): ReadonlySet<string> {
  const found = new Set(files.map((file) => file.replace(/\.ts$/, ".d.ts")));
  for (const file of found) {
    for (const [, path = ""] of (declarations.get(file) ?? "").matchAll(/from "(\.[^"]*)\.ts"/g)) {
      found.add(`${resolve(dirname(file), path)}.d.ts`);
    }
  }
  return found;
}
