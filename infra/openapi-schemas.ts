import * as z from "zod/mini";
import { makePortable } from "./openapi-portable.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** Collects the schemas that have a name (zod's `meta({ id })`), so that each is written once. */
export type Schemas = {
  /**
   * The JSON Schema (2020-12, as in OpenAPI 3.1) of a zod schema, with references to its named parts. An object without a name of
   * its own gets `name`, so that generated code calls it so.
   */
  readonly of: (schema: z.ZodMiniType, direction: "input" | "output", name?: string) => JsonObject;
  /** The named schemas so far, by name in alphabetical order. */
  readonly named: () => Readonly<Record<string, JsonObject>>;
};

export function createSchemas(): Schemas {
  const named = new Map<string, JsonObject>();
  return {
    of: (schema, direction, given) => {
      const { $schema: _, $defs = {}, ...root } = z.toJSONSchema(schema, { io: direction, unrepresentable: "throw", override: tidy });
      for (const [name, definition] of Object.entries($defs)) keep(named, nameOf(name), nameOf(name) === "Json" ? anyJson : (relocate(definition) as JsonObject));
      const relocated = relocate(root) as JsonObject;
      const name = relocated["id"] ?? (hasParts(relocated) ? given : undefined);
      if (typeof name !== "string") return relocated;
      keep(named, name, relocated);
      return { $ref: `#/components/schemas/${name}` };
    },
    named: () => Object.fromEntries([...named].toSorted(([left], [right]) => (left < right ? -1 : 1))),
  };
}

/** An object without members, or a text, needs no name. */
function hasParts({ properties = {}, oneOf, anyOf }: JsonObject): boolean {
  return Object.keys(properties as object).length > 0 || oneOf !== undefined || anyOf !== undefined;
}

/** Any JSON value. Zod describes it by a schema that refers to itself, which generators of types can't follow. */
const anyJson = { description: "Any JSON value." };

/** The only unnamed schema that refers to itself is zod's own for any JSON value. */
function nameOf(definition: string): string {
  return /^__schema[0-9]+$/.test(definition) ? "Json" : definition;
}

/** Throws if two different schemas have one name: the document would be wrong about one of them. */
function keep(named: Map<string, JsonObject>, name: string, definition: JsonObject): void {
  const { id: _, ...schema } = definition;
  const known = named.get(name);
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) throw new Error(`two schemas are called ${name}`);
  named.set(name, schema);
}

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>["override"]>;

/** A pattern of four hundred characters is dropped if the format says the same. */
const tidy: Override = ({ jsonSchema }) => {
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
  makePortable(jsonSchema);
};

function relocate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocate);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) =>
      name === "$ref" && typeof member === "string" ? [name, `#/components/schemas/${nameOf(member.replace("#/$defs/", ""))}`] : [name, relocate(member)],
    ),
  );
}
