type Schema = Record<string, unknown>;

/**
 * Changes a JSON Schema of zod's to one that tools in other languages read in the same way. A pattern that only JavaScript
 * understands is published in the subset of RE2 that Python, Go and Java share. A part that the subset can't express is described in
 * words, and the service checks it. Throws for a pattern whose portable form isn't known.
 */
export function makePortable(schema: Schema): void {
  const { type, minimum, prefixItems, anyOf = [] } = schema;
  // Some alternatives are written by hand, as metadata, and aren't visited on their own.
  for (const part of [schema, ...(anyOf as readonly Schema[])]) {
    if (typeof part["pattern"] === "string") Object.assign(part, schemaOf(part["pattern"], part));
  }
  // Zod's bound of a safe integer. All our integers are counts or quantities.
  if (type === "integer" && minimum === Number.MIN_SAFE_INTEGER) schema["minimum"] = 0;
  // A map whose keys are listed is an object with these members.
  const { enum: keys } = (schema["propertyNames"] ?? {}) as { readonly enum?: readonly string[] };
  if (keys !== undefined) {
    Object.assign(schema, { properties: Object.fromEntries(keys.map((key) => [key, schema["additionalProperties"]])), additionalProperties: false });
    delete schema["propertyNames"];
  }
  // A tuple: some tools require `items`, others don't know `prefixItems`.
  if (Array.isArray(prefixItems)) Object.assign(schema, { items: {}, minItems: prefixItems.length, maxItems: prefixItems.length });
}

const lookaround = /\(\?<?[=!][^()]*\)/g;
const controls = "\\x00-\\x1f\\x7f-\\x9f";
const repetitionsMax = 1_000;
const unportable = /\\[pPdDwWsSbBuk]|\(\?[^:]/;

function schemaOf(source: string, schema: Schema): Schema {
  const pattern = spelledOut(source.replaceAll(lookaround, "").replaceAll("\\p{Cc}\\p{Cs}", controls));
  if (unportable.test(pattern)) throw new Error(`no portable form of ${source} is known`);
  const words = wordsOf(source);
  const description = words === undefined ? {} : { description: [schema["description"], words].filter((text) => text !== undefined).join(" ") };
  return { ...description, ...withLength(pattern) };
}

/** `\d` and `\w` mean other characters in Python; their members are the same everywhere. */
function spelledOut(pattern: string): string {
  const members: Readonly<Record<string, string>> = { "\\d": "0-9", "\\w": "A-Za-z0-9_" };
  const inClasses = pattern.replaceAll(/\[[^\]]*\]/g, (text) => text.replaceAll(/\\[dw]/g, (name) => members[name] ?? name));
  return inClasses.replaceAll(/\\[dw]/g, (name) => `[${members[name] ?? name}]`);
}

/**
 * The length of a text of one class of characters is published apart from its pattern. A schema counts characters, but patterns
 * of several languages count other units, and Go repeats at most a thousand times.
 */
function withLength(pattern: string): Schema {
  const [, characters = "", least = "", most = ""] = /^\^(\[[^\]]*\])\{([0-9]+),([0-9]+)\}\$$/.exec(pattern) ?? [];
  if (characters === "" || !(characters.startsWith("[^") || Number(most) > repetitionsMax)) return { pattern };
  return { pattern: `^${characters}*$`, minLength: Number(least), maxLength: Number(most) };
}

/** The words for a text without blanks at its ends, for a duration, and for a name that JavaScript reserves. */
function wordsOf(source: string): string | undefined {
  if (source.includes("(?<!\\s)")) return "Without blanks at its ends.";
  if (source.startsWith("^P(?=")) return "Whole numbers, not all zero, as in P1Y6M, P30D, P2W or PT12H.";
  return source.includes("__proto__") ? "Not `__proto__`." : undefined;
}

/** A query parameter with the type that callers expect: `limit` is a number, `dryRun` a boolean. Both are texts in an address. */
export function makeNatural(name: string, { pattern, enum: values, type: _, ...schema }: Schema): Schema {
  if (name === "limit" && typeof pattern === "string") {
    const examples = Array.isArray(schema["examples"]) ? { examples: schema["examples"].map(Number) } : {};
    return { ...schema, ...examples, type: "integer", minimum: 1, maximum: largestOf(new RegExp(pattern)) };
  }
  if (Array.isArray(values) && values.every((value) => value === "true" || value === "false")) {
    const standard = schema["default"] === undefined ? {} : { default: schema["default"] === "true" };
    return { ...schema, ...standard, type: "boolean", ...(values.length === 1 ? { enum: [values[0] === "true"] } : {}) };
  }
  return { ...schema, ...(_ === undefined ? {} : { type: _ }), ...(pattern === undefined ? {} : { pattern }), ...(values === undefined ? {} : { enum: values }) };
}

const pageSizeMax = 10_000;

function largestOf(pattern: RegExp): number {
  return Array.from({ length: pageSizeMax }, (_, at) => pageSizeMax - at).find((size) => pattern.test(String(size))) ?? pageSizeMax;
}
