import path from "node:path";
import ts from "typescript";

/** One import: of values, of types alone, or later by `import()`. */
export type Import = {
  /** A file's path from the root of the repository, or a package's specifier. */
  readonly target: string;
  readonly kind: "value" | "type" | "later";
  /** The imported names, with `*` for a whole module. */
  readonly names: readonly string[];
};

/** The facts about one file that the rules judge. */
export type Source = {
  readonly file: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly exports: readonly string[];
  /** Functions and constants, wherever they stand in the file. */
  readonly declares: readonly string[];
  /** Contents of string literals; a template is one text with `${}` in place of its values. */
  readonly texts: readonly string[];
  /** Unions, and arrays, of nothing but string literals. */
  readonly wordLists: readonly (readonly string[])[];
  /** Called methods that go outside, e.g. `database.read`. */
  readonly asks: readonly string[];
  /** Names of called plain functions. */
  readonly calls: readonly string[];
  readonly isAsync: boolean;
  readonly readsEnvironment: boolean;
  /** Interfaces, where types are aliases, and constants in capitals. */
  readonly otherDialects: readonly string[];
};

type Facts = {
  readonly imports: Import[];
  readonly exports: string[];
  readonly declares: string[];
  readonly texts: string[];
  readonly wordLists: (readonly string[])[];
  readonly asks: string[];
  readonly calls: string[];
  isAsync: boolean;
  readsEnvironment: boolean;
  readonly otherDialects: string[];
};

/** Objects of `Runtime`, and objects made of them, whose methods go outside. */
const outside = new Set(["database", "transport", "redis", "client"]);

/** Reads a file's facts from its text; `file` is its path from the root. */
export function readSource(file: string, text: string): Source {
  const facts: Facts = { imports: [], exports: [], declares: [], texts: [], wordLists: [], asks: [], calls: [], isAsync: false, readsEnvironment: false, otherDialects: [] };
  const visit = (node: ts.Node): void => {
    readImport(file, node, facts);
    readExport(node, facts);
    readWords(node, facts);
    readCall(node, facts);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return { file, lines: text.split("\n").length - 1, ...facts };
}

function readImport(file: string, node: ts.Node, { imports }: Facts): void {
  const add = (specifier: string, kind: Import["kind"], names: readonly string[]) => {
    if (names.length > 0) imports.push({ target: resolve(file, specifier), kind, names });
  };
  if (ts.isImportDeclaration(node)) {
    const specifier = literal(node.moduleSpecifier) ?? "";
    const { importClause } = node;
    const bindings = importClause?.namedBindings;
    const named = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : [];
    const nameOf = ({ name, propertyName }: ts.ImportSpecifier) => (propertyName ?? name).text;
    const isAllTypes = importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    const whole = importClause === undefined || importClause.name !== undefined || (bindings !== undefined && ts.isNamespaceImport(bindings)) ? ["*"] : [];
    add(specifier, isAllTypes ? "type" : "value", [...whole, ...named.filter(({ isTypeOnly }) => !isTypeOnly).map(nameOf)]);
    add(specifier, "type", named.filter(({ isTypeOnly }) => isTypeOnly).map(nameOf));
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    const names = node.exportClause !== undefined && ts.isNamedExports(node.exportClause) ? node.exportClause.elements.map(({ name, propertyName }) => (propertyName ?? name).text) : ["*"];
    add(literal(node.moduleSpecifier) ?? "", node.isTypeOnly ? "type" : "value", names);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(literal(node.argument.literal) ?? "", "type", ["*"]);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(literal(node.arguments[0]) ?? "", "later", ["*"]);
}

function readExport(node: ts.Node, { exports, declares, otherDialects }: Facts): void {
  const isNamed = ts.isFunctionDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node);
  const declaration = isNamed ? node : ts.isVariableDeclaration(node) ? node.parent.parent : undefined;
  if (declaration === undefined || (!isNamed && !ts.isVariableDeclaration(node)) || node.name === undefined || !ts.isIdentifier(node.name)) return;
  declares.push(node.name.text);
  if (ts.isInterfaceDeclaration(node) || (ts.isVariableDeclaration(node) && /^[A-Z][A-Z0-9_]+$/.test(node.name.text))) otherDialects.push(node.name.text);
  const isExported = ts.canHaveModifiers(declaration) && ts.getModifiers(declaration)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
  if (isExported) exports.push(node.name.text);
}

function readWords(node: ts.Node, facts: Facts): void {
  if (ts.isStringLiteralLike(node)) facts.texts.push(node.text);
  if (ts.isTemplateExpression(node)) facts.texts.push([node.head.text, ...node.templateSpans.map(({ literal: { text } }) => text)].join("${}"));
  const words = ts.isUnionTypeNode(node)
    ? node.types.map((type) => (ts.isLiteralTypeNode(type) ? literal(type.literal) : undefined))
    : ts.isArrayLiteralExpression(node)
      ? node.elements.map((element) => literal(element))
      : [];
  if (words.length > 0 && words.every((word) => word !== undefined)) facts.wordLists.push(words);
  const isPromised = ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AsyncKeyword || (ts.isIdentifier(node) && node.text === "Promise");
  if (isPromised) facts.isAsync = true;
  if (ts.isPropertyAccessExpression(node) && node.name.text === "env" && ts.isIdentifier(node.expression) && node.expression.text === "process") facts.readsEnvironment = true;
}

function readCall(node: ts.Node, { asks, calls }: Facts): void {
  if (!ts.isCallExpression(node)) return;
  const { expression } = node;
  if (ts.isIdentifier(expression)) calls.push(expression.text);
  if (!ts.isPropertyAccessExpression(expression)) return;
  const object = expression.expression;
  const name = ts.isIdentifier(object) ? object.text : ts.isPropertyAccessExpression(object) ? object.name.text : "";
  const method = `${name}.${expression.name.text}`;
  if (outside.has(name) || method === "process.getBuiltinModule") asks.push(method);
}

function literal(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;
}

function resolve(from: string, specifier: string): string {
  if (specifier.startsWith(".")) return path.posix.join(path.posix.dirname(from), specifier);
  return specifier.replace(/^@licensing\/core\//, "core/");
}
