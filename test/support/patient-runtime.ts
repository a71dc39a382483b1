import { budgetMs } from "@licensing/core/platform/deadline.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { createTransport } from "@licensing/core/platform/transport.ts";
import type { Transport } from "@licensing/core/platform/transport.ts";
import type { SqlBackend, SqlStatement } from "../../infra/local/neon/sql.ts";
import { patient } from "./slowness.ts";

/** Stretches the deadlines of calls to the outside for this machine's speed, within the function's own time. */
export function patientTransport({ send, close }: Transport): Transport {
  return { close, send: (request) => send({ ...request, timeoutMs: budgetMs(patient(request.timeoutMs)) }) };
}

/** By so much a deadline is longer, at least, if its peer always answers: the machine may stand still for seconds. */
const standstillFactor = 6;

/**
 * A transport to peers of this process that always answer. No pause makes a kept connection suspect: on a slow machine a living one
 * may be silent for longer than the transport waits for it, and the request would be sent twice, or given up.
 */
export function steadyTransport(): Transport {
  const { send, close } = createTransport({ nowMs: () => 0, after: () => () => undefined });
  return patientTransport({ close, send: (request) => send({ ...request, timeoutMs: budgetMs(standstillFactor * request.timeoutMs) }) });
}

/** The same runtime with deadlines of calls to the outside stretched for this machine's speed. */
export function patientRuntime(runtime: Runtime): Runtime {
  Object.assign(runtime.transport, patientTransport({ ...runtime.transport }));
  return runtime;
}

/** The same database with lock and statement timeouts stretched for this machine's speed. */
export function patientSql(backend: SqlBackend): SqlBackend {
  return { ...backend, run: (work) => backend.run({ ...work, statements: work.statements.map(patientStatement) }) };
}

function patientStatement(statement: SqlStatement): SqlStatement {
  if (!statement.query.includes("set_config('lock_timeout'")) return statement;
  const params = statement.params.map((value) => (value === null ? null : value.replace(/^([0-9]+)ms$/, (_, ms: string) => `${patient(Number(ms))}ms`)));
  return { ...statement, params };
}
