import type { DescribedError } from "./describe-error.ts";

/**
 * Structured logs: one JSON line each, from an allow-list of fields, so that a secret can't get in by being
 * part of an object somebody logged. Errors are reduced to what names the fault (a driver's message holds
 * SQL parameters and commands).
 */
type Level = "debug" | "info" | "warn" | "error";

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
  /** What `describeError` makes of one: nothing else gets in. */
  readonly error?: DescribedError;
};

export type Log = {
  readonly write: (level: Level, message: string, fields?: Fields) => void;
  /** A line as it is, for what has a format of its own. */
  readonly print: (line: string) => void;
};

const names = [
  "requestId", "traceparent", "actor", "route", "method", "status", "code", "durationMs",
  "licenseId", "sequence", "kid", "reason", "variable", "schedule", "counts", "error",
] as const satisfies readonly (keyof Fields)[];

type LogOptions = { readonly print: (line: string) => void; readonly now: () => Date };

export function createLog({ print, now }: LogOptions): Log {
  return {
    write: (level, message, fields = {}) => {
      const line: Record<string, unknown> = { timestamp: now().toISOString(), level, message, service: "licensing" };
      for (const name of names) if (fields[name] !== undefined) line[name] = fields[name];
      print(JSON.stringify(line));
    },
    print,
  };
}
