import { Placeholder, type SQL } from "drizzle-orm";
import { CasingCache } from "drizzle-orm/casing";
import { snapshotFunctions, written } from "@licensing/core/lifecycle/snapshot.sql.ts";

/**
 * The functions that answer the commonest questions about a license, as SQL. `snapshot.sql.ts` writes their text as it writes the
 * statements of the other questions. Prints them for a migration. A function that has been released isn't replaced, because older
 * instances call it until a deployment ends: a changed text gets a new name in `core/lifecycle/snapshot.sql.ts`, and a migration of
 * the next release drops the former function.
 */
export function snapshotFunctionTexts(): readonly string[] {
  return snapshotFunctions.map(({ name, shape, takes }) => {
    const parameters = takes.map((taken) => `${parameterOf(taken)} ${types[shape.by === "id" && taken === "named" ? "id" : taken]}`);
    return `CREATE FUNCTION licensing.${name}(${parameters.join(", ")}) RETURNS jsonb
LANGUAGE plpgsql
AS $$
BEGIN
  RETURN (${functionBody(written(shape), (value) => (value instanceof Placeholder ? parameterOf(value.name) : undefined))});
END
$$;`;
  });
}

const types: Readonly<Record<string, string>> = { id: "bigint", named: "text", now: "timestamptz", heldUntil: "timestamptz", fingerprint: "text" };

/** Prefixed, because a parameter must not have the name of a column. */
function parameterOf(placeholder: string): string {
  return `asked_${placeholder.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}

/** A statement in the body of a function. `parameterFor`: the parameter in place of a value; undefined: the value is a number of the text. */
export function functionBody(statement: SQL, parameterFor: (value: unknown) => string | undefined): string {
  return statement.toQuery({
    casing: new CasingCache(),
    escapeName: (name) => `"${name}"`,
    escapeParam: (_index, value) => parameterFor(value) ?? String(Number(value)),
    escapeString: (text) => `'${text}'`,
  }).sql;
}

if (import.meta.main) process.stdout.write(`${snapshotFunctionTexts().join("\n--> statement-breakpoint\n")}\n`);
