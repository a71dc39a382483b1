/**
 * A database fault in the service's words. `constraint` names a broken unique constraint; message and fields never
 * hold SQL or parameters.
 */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  readonly kind: "unavailable" | "outcome-unknown" | "contended" | "constraint" | "serialization" | "bug";
  readonly code: string | undefined;
  readonly constraint: string | undefined;
  constructor(kind: DatabaseError["kind"], code?: string, constraint?: string) {
    super(`database: ${kind}`);
    this.kind = kind;
    this.code = code;
    this.constraint = constraint;
  }
}

/** For what fails after a change was made, whose sender must not be told that nothing was. Throws. */
export function afterChange(error: unknown): never {
  const isAway = error instanceof DatabaseError && ["unavailable", "serialization", "contended"].includes(error.kind);
  throw isAway ? new DatabaseError("outcome-unknown", error.code) : error;
}
