import { DatabaseError } from "@licensing/core/platform/database-error.ts";
import type { Incoming, Transport } from "@licensing/core/platform/transport.ts";

/**
 * A step of the migration that the database refused. The message names the step and the SQLSTATE; Lambda's answer, the deployment
 * and the command line show nothing else. The cause is the DatabaseError.
 */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/** A MigrationError for a step that failed by a DatabaseError; any other error unchanged. `said`: Postgres's own message. */
export function migrationError(step: string, error: unknown, said?: string): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const words = said === undefined || error.code === undefined ? "" : `: ${said}`;
  return new MigrationError(`${step} failed (${reasonOf(error)})${words}`, { cause: error });
}

/** With a SQLSTATE, `unavailable` only means that no other kind fits, so it would mislead. */
function reasonOf({ kind, code, message }: DatabaseError): string {
  if (code === undefined) return message;
  return kind === "unavailable" ? `SQLSTATE ${code}` : `${kind}, SQLSTATE ${code}`;
}

/** A transport that records Postgres's last error message. */
export type Listening = { readonly transport: Transport; readonly said: () => string | undefined };

/**
 * Functions never see Postgres's messages, which may quote callers' data. Here the statements are this project's files, so the
 * message is shown; its detail isn't, nor is a message of class 22, which quotes values of rows.
 */
export function listenTo(transport: Transport): Listening {
  let said: string | undefined;
  const send: Transport["send"] = async (request) => {
    said = undefined;
    const reply = await transport.send(request);
    said = wordsOf(reply);
    return reply;
  };
  return { transport: { ...transport, send }, said: () => said };
}

const wordsMax = 300;

function wordsOf({ status, text }: Incoming): string | undefined {
  if (status !== 400) return undefined;
  const refusal = parsed(text);
  const { message, code } = refusal ?? {};
  if (typeof message !== "string" || typeof code !== "string" || code.startsWith("22")) return undefined;
  return message.slice(0, wordsMax);
}

function parsed(text: string): { readonly message?: unknown; readonly code?: unknown } | undefined {
  try {
    return JSON.parse(text) as { readonly message?: unknown; readonly code?: unknown };
  } catch {
    return undefined;
  }
}
