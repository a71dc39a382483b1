import * as z from "zod/mini";

/**
 * A map with a bound on its size as JSON in UTF-8, the form in which the database and the certificate carry it.
 *
 * zod silently drops a key `__proto__`, so a caller would be told that it was stored. Therefore it is refused before zod's record
 * sees it. The guard changes no value, and the JSON Schema is that of the record alone.
 */
export function smallRecord<Value extends z.ZodMiniType>(key: z.ZodMiniString, value: Value, bytesMax: number) {
  const record = z.record(key, value, { error: keyFault }).check(
    z.refine((entries) => utf8.encode(JSON.stringify(entries)).length <= bytesMax, {
      error: `must be at most ${bytesMax} bytes as JSON`,
    }),
  );
  const guard = z.transform((input, { issues }) => {
    if (typeof input === "object" && input !== null && Object.hasOwn(input, "__proto__")) {
      issues.push({ code: "custom", message: "must not be a key", path: ["__proto__"], input });
    }
    return input;
  });
  return z.pipe(guard, record);
}

/** The fault of a key, for which zod itself has no message. */
function keyFault(issue: z.core.$ZodRawIssue): string | undefined {
  return issue.code === "invalid_key" ? issue.issues[0]?.message : undefined;
}

/** A number that JSON, JavaScript and PostgreSQL read alike: beyond 2⁵³ - 1 digits would be lost silently. */
export const smallNumber = z.number().check(z.gte(Number.MIN_SAFE_INTEGER), z.lte(Number.MAX_SAFE_INTEGER));

const utf8 = new TextEncoder();
