import type { DescribedError } from "./describe-error.ts";

/**
 * Structured logs: one JSON line each, from an allow-list of fields, so that a secret isn't logged as part of some object. Errors
 * are reduced by `describeError`, because a driver's message holds SQL parameters and commands.
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
  readonly webhookId?: string;
  readonly sequence?: number;
  readonly kid?: string;
  readonly reason?: string;
  readonly variable?: string;
  readonly schedule?: string;
  readonly counts?: Readonly<Record<string, number>>;
  /** The result of `describeError`; an error itself is never logged. */
  readonly error?: DescribedError;
};

export type Log = {
  readonly write: (level: Level, message: string, fields?: Fields) => void;
  /** Prints a line unchanged, for formats other than the log's. */
  readonly print: (line: string) => void;
};

const names = [
  "requestId", "traceparent", "actor", "route", "method", "status", "code", "durationMs",
  "licenseId", "webhookId", "sequence", "kid", "reason", "variable", "schedule", "counts", "error",
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
