/**
 * A numbered file of `migrations/`: see `migrations/README.md`. One whose name begins with `later_` is left out by deployments:
 * it runs on demand, or on a database that had no tables. Comments at the start have a meaning:
 *
 * - `-- backfill: "schema"."Table" by 1000` Its statements are repeated for the rows of a table, this many at a time.
 * - `-- formerly: <sha256>` The hash of the file before it was corrected. The journal stores this hash. So a database that ran the former text doesn't run the file again, and an older release finds the hash of its own text.
 */
export type MigrationFile = {
  /** The journal's time, which identifies the file. */
  readonly at: string;
  readonly name: string;
  /** SHA-256 of the file's text, or the one in its comment. */
  readonly hash: string;
  readonly isLater: boolean;
  readonly work: MigrationWork;
};

export type MigrationWork =
  /** One transaction. */
  | { readonly kind: "batch"; readonly statements: readonly string[] }
  /** One statement outside a transaction, that builds or drops an index while the table is written. */
  | { readonly kind: "index"; readonly statement: string; readonly index: Index }
  /** Transactions of up to `rowsMax` rows each. */
  | { readonly kind: "backfill"; readonly statements: readonly string[]; readonly table: Table; readonly rowsMax: number };

type Table = { readonly schema: string; readonly table: string };
export type Index = { readonly schema: string; readonly name: string; readonly verb: "create" | "drop" };

type Text = { readonly at: string; readonly name: string; readonly hash: string; readonly chunks: readonly string[] };

/** Reads a file's text. Throws an Error that names the file. */
export function migrationFile({ at, name, hash, chunks }: Text): MigrationFile {
  const statements = chunks.map((chunk) => chunk.trim()).filter((chunk) => withoutComments(chunk) !== "");
  const said = /^(?:\s*--[^\n]*\n)*/.exec(statements[0] ?? "")?.[0] ?? "";
  return {
    at,
    name,
    hash: /^-- formerly: ([0-9a-f]{64})$/m.exec(said)?.[1] ?? hash,
    isLater: /^\d{4}_later_/.test(name),
    work: workOf(statements, said, name),
  };
}

const concurrently = /\bindex\s+concurrently\b/i;

function workOf(statements: readonly string[], said: string, name: string): MigrationWork {
  const [statement = ""] = statements;
  if (/^-- backfill\b/m.test(said)) return { kind: "backfill", statements, ...backfillOf(said, name) };
  if (!statements.some((text) => concurrently.test(withoutComments(text)))) return { kind: "batch", statements };
  if (statements.length > 1) throw new Error(`migration ${name}: a statement with CONCURRENTLY runs in no transaction, so it must be alone in its file`);
  return { kind: "index", statement, index: indexOf(withoutComments(statement), name) };
}

function backfillOf(said: string, name: string): { readonly table: Table; readonly rowsMax: number } {
  const [, schema, table, rows] = /^-- backfill: "(\w+)"\."(\w+)" by ([1-9][0-9]{0,4})$/m.exec(said) ?? [];
  if (schema === undefined || table === undefined) throw new Error(`migration ${name}: takes -- backfill: "schema"."Table" by 1000`);
  return { table: { schema, table }, rowsMax: Number(rows) };
}

const created = /^create\s+(?:unique\s+)?index\s+concurrently\s+"(\w+)"\s+on\s+"(\w+)"\."\w+"/i;
const dropped = /^drop\s+index\s+concurrently\s+"(\w+)"\."(\w+)"\s*;?$/i;

function indexOf(statement: string, name: string): Index {
  const [, createdName, createdSchema] = created.exec(statement) ?? [];
  if (createdName !== undefined && createdSchema !== undefined) return { schema: createdSchema, name: createdName, verb: "create" };
  const [, schema, droppedName] = dropped.exec(statement) ?? [];
  if (schema !== undefined && droppedName !== undefined) return { schema, name: droppedName, verb: "drop" };
  throw new Error(`migration ${name}: takes CREATE INDEX CONCURRENTLY "name" ON "schema"."Table", or DROP INDEX CONCURRENTLY "schema"."name"`);
}

function withoutComments(text: string): string {
  return text.replace(/^\s*--[^\n]*$/gm, "").trim();
}
