/**
 * Structured logs: one JSON line each, from an allow-list of fields, so that a secret can't get in by being
 * part of an object somebody logged. Errors are reduced to what names the fault (a driver's message holds
 * SQL parameters and commands).
 */
export type Level = "debug" | "info" | "warn" | "error";

export type Fields = {
  readonly requestId?: string;
  readonly traceparent?: string;
  readonly actor?: string;
  readonly route?: string;
  readonly method?: string;
  readonly status?: number;
  readonly code?: string;
  readonly durationMs?: number;
  readonly licenseId?: string;
  readonly sequence?: number;
  readonly kid?: string;
  readonly reason?: string;
  readonly variable?: string;
  readonly schedule?: string;
  readonly counts?: Readonly<Record<string, number>>;
  readonly error?: unknown;
};

export type Log = {
  readonly write: (level: Level, message: string, fields?: Fields) => void;
  /** A line as it is, for what has a format of its own. */
  readonly print: (line: string) => void;
};

const names = [
  "requestId", "traceparent", "actor", "route", "method", "status", "code", "durationMs",
  "licenseId", "sequence", "kid", "reason", "variable", "schedule", "counts",
] as const satisfies readonly (keyof Fields)[];

export type LogOptions = { readonly print: (line: string) => void; readonly now: () => Date };

export function createLog({ print, now }: LogOptions): Log {
  return {
    write: (level, message, fields = {}) => {
      const line: Record<string, unknown> = { timestamp: now().toISOString(), level, message, service: "licensing" };
      for (const name of names) if (fields[name] !== undefined) line[name] = fields[name];
      if (fields.error !== undefined) line["error"] = describe(fields.error);
      print(JSON.stringify(line));
    },
    print,
  };
}

const depthMax = 4;

/** Name, code and stack frames of an error and its causes; a message only where we wrote it ourselves. */
function describe(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const own = safeNames.has(error.name);
  const code = (error as { code?: unknown }).code;
  const constraint = (error as { constraint?: unknown }).constraint;
  return {
    name: error.name,
    ...(own ? { message: error.message } : {}),
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof constraint === "string" ? { constraint } : {}),
    stack: (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)).slice(0, 8).map((line) => line.trim()),
    ...(error.cause !== undefined && depth < depthMax ? { cause: describe(error.cause, depth + 1) } : {}),
  };
}

/** Errors whose message is a constant of ours, or of the language about our own code. */
const safeNames = new Set(["ProblemError", "ConfigError", "TransportError", "DatabaseError", "RedisError", "TypeError", "RangeError"]);
