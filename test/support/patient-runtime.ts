import { budgetMs } from "@licensing/core/platform/deadline.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import type { Transport } from "@licensing/core/platform/transport.ts";
import type { SqlBackend, SqlStatement } from "../../infra/local/neon/sql.ts";
import { patient } from "./slowness.ts";

/** Gives the calls to the outside the deadlines of this machine, still within the function's own time. */
export function patientTransport({ send, close }: Transport): Transport {
  return { close, send: (request) => send({ ...request, timeoutMs: budgetMs(patient(request.timeoutMs)) }) };
}

/** The same runtime, whose calls to the outside have the deadlines of this machine. */
export function patientRuntime(runtime: Runtime): Runtime {
  Object.assign(runtime.transport, patientTransport({ ...runtime.transport }));
  return runtime;
}

/** The same database, whose changes wait for a lock, and whose statements run, as long as this machine needs. */
export function patientSql(backend: SqlBackend): SqlBackend {
  return { ...backend, run: (work) => backend.run({ ...work, statements: work.statements.map(patientStatement) }) };
}

function patientStatement(statement: SqlStatement): SqlStatement {
  if (!statement.query.includes("set_config('lock_timeout'")) return statement;
  const params = statement.params.map((value) => (value === null ? null : value.replace(/^([0-9]+)ms$/, (_, ms: string) => `${patient(Number(ms))}ms`)));
  return { ...statement, params };
}
