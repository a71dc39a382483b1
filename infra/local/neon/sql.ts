/** One statement of the extended protocol. Parameters are Postgres text. */
export type SqlStatement = {
  readonly query: string;
  readonly params: readonly (string | null)[];
};

/** A column of a result, from RowDescription. */
type SqlField = {
  readonly name: string;
  readonly dataTypeID: number;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeSize: number;
  readonly dataTypeModifier: number;
  readonly format: "text";
};

export type SqlResult = {
  /** The first word of the command tag: SELECT, INSERT, CREATE … */
  readonly command: string;
  /** Null for commands that count nothing. */
  readonly rowCount: number | null;
  readonly fields: SqlField[];
  /** Every value is Postgres text. */
  readonly rows: (string | null)[][];
};

/** The work of one HTTP request. */
export type SqlWork = {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly statements: readonly SqlStatement[];
  /** The START TRANSACTION that wraps the statements; null for a single statement outside any. */
  readonly begin: string | null;
  /** Aborted if no caller waits for the result any more. */
  readonly signal: AbortSignal;
};

export type SqlBackend = {
  /**
   * Runs the statements in order on one connection, with the privileges of `user`.
   * Throws `SqlError` if Postgres refused (a transaction is rolled back then), and another error if the statements didn't reach
   * Postgres.
   */
  readonly run: (work: SqlWork) => Promise<SqlResult[]>;
  readonly close: () => Promise<void>;
};

/** The members of a Postgres ErrorResponse beside its message, by the driver's names. */
const sqlErrorFields = [
  "severity", "code", "detail", "hint", "position", "internalPosition", "internalQuery", "where",
  "schema", "table", "column", "dataType", "constraint", "file", "line", "routine",
] as const;

type SqlErrorFields = Record<(typeof sqlErrorFields)[number], string | null>;

/** A refusal by Postgres; `fields.code` is the SQLSTATE. */
export class SqlError extends Error {
  readonly fields: SqlErrorFields;

  constructor(message: string, fields: SqlErrorFields) {
    super(message);
    this.name = "SqlError";
    this.fields = fields;
  }
}

/** Makes a `SqlError` from an object with some of an ErrorResponse's members under the same names. */
export function sqlError(source: { message: string } & { [Field in keyof SqlErrorFields]?: unknown }): SqlError {
  const entries = sqlErrorFields.map((name) => {
    const value = source[name];
    return [name, value === undefined || value === null ? null : String(value)] as const;
  });
  return new SqlError(source.message, Object.fromEntries(entries) as SqlErrorFields);
}

/** The refusal of a whole connection or request, in Postgres's form. */
export function fatalSqlError(code: string, message: string): SqlError {
  return sqlError({ message, code, severity: "FATAL" });
}

/** Splits a command tag such as `INSERT 0 1` or `CREATE TABLE`. */
export function parseCommandTag(tag: string): Pick<SqlResult, "command" | "rowCount"> {
  const words = tag.split(" ");
  const last = words.at(-1) ?? "";
  return { command: words[0] ?? "", rowCount: /^\d+$/.test(last) ? Number(last) : null };
}
