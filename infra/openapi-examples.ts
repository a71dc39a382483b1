import { readFileSync } from "node:fs";
import { tableReply } from "@licensing/core/http/csv-reply.ts";
import type { ZodMiniArray, ZodMiniObject, ZodMiniType } from "zod/mini";
import type { JsonObject } from "./openapi-schemas.ts";

/** Texts by the end of a member's name, for schemas without an example of their own. */
const texts: readonly (readonly [RegExp, string])[] = [
  [/^holderId$/, "ada"],
  [/(^id|Id|^minted)$/, "7187634217123840001"],
  [/(^hash|Hash)$/, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
  [/^requestId$/, "7d9f1c2e4b6a8035"],
  [/^fingerprint$/, "9f2c1a7e4b60d8f3"],
  [/^key$/, "LIC-00000-00000-00000-00000-00000"],
  [/^name$/, "Ada's laptop"],
  [/^policy$/, "pro-yearly"],
  [/^(kid|activeKid)$/, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"],
  [/^reason$/, "requested by the holder"],
  [/^subject$/, "user:ada"],
  [/^target$/, "role:licensing-operator"],
  [/^(nextCursor|cursor)$/, "WyJsaWNlbnNlcyIsIjciXQ"],
];

/** Objects by the name of their member. */
const objects: Readonly<Record<string, JsonObject>> = {
  holder: { type: "user", id: "ada" },
  changes: { status: ["ACTIVATED", "SUSPENDED"] },
  certificate: {
    state: "published",
    sequence: 7,
    kid: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    certExpiresAt: "2026-11-24T10:00:00.000Z",
    visibleBy: "2026-11-23T10:00:05.000Z",
  },
};

/** A value that a JSON Schema allows: its own example if it has one, else one made of its parts. `named` holds the components. */
export function exampleOf(schema: JsonObject, named: Readonly<Record<string, JsonObject>>, member = ""): unknown {
  const { $ref, examples, anyOf, oneOf, allOf } = schema;
  if (Object.hasOwn(objects, member)) return objects[member];
  if (typeof $ref === "string") return exampleOf(named[$ref.split("/").at(-1) ?? ""] ?? {}, named, member);
  if (schema["format"] === "date-time" && /(xpiresAt|Until|EndsAt)$/.test(member)) return "2027-11-23T10:00:00.000Z";
  if (Array.isArray(examples)) return examples[0];
  for (const known of ["const", "default"]) if (known in schema) return schema[known];
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  const variants = (anyOf ?? oneOf) as readonly JsonObject[] | undefined;
  if (variants !== undefined) return exampleOf(variants.find(({ type }) => type !== "null") ?? {}, named, member);
  if (Array.isArray(allOf)) return Object.assign({}, ...(allOf as readonly JsonObject[]).map((part) => exampleOf(part, named, member)));
  return exampleOfType(schema, named, member);
}

function exampleOfType(schema: JsonObject, named: Readonly<Record<string, JsonObject>>, member: string): unknown {
  const type = [schema["type"]].flat().find((each) => each !== "null");
  switch (type) {
    case "object":
      return Object.fromEntries(Object.entries((schema["properties"] ?? {}) as Readonly<Record<string, JsonObject>>)
        .map(([name, each]) => [name, exampleOf(each, named, name)]));
    case "array":
      return exampleOfArray(schema, named, member);
    case "string":
      return schema["format"] === "date-time" ? "2026-11-23T10:00:00.000Z" : (texts.find(([name]) => name.test(member))?.[1] ?? "text");
    case "integer":
    case "number":
      return Math.max(1, Number(schema["minimum"] ?? 1));
    case "boolean":
      return true;
    default:
      return null;
  }
}

function exampleOfArray({ prefixItems, items }: JsonObject, named: Readonly<Record<string, JsonObject>>, member: string): readonly unknown[] {
  const parts = (prefixItems ?? (items === undefined ? [] : [items])) as readonly JsonObject[];
  return parts.map((each) => exampleOf(each, named, member));
}

/** A text of the published vectors, so that the contract's example is one that verifies. */
function vectorOf(name: "certificates" | "license-files"): string {
  const [first] = JSON.parse(readFileSync(new URL(`../core/certificate/vectors/${name}.json`, import.meta.url), "utf8")) as readonly { readonly text: string }[];
  return first?.text ?? "";
}

type Described = { readonly body: ZodMiniType | undefined; readonly data: unknown };

/** A body that isn't JSON, by its media type. A list's CSV has the columns of its JSON form. */
export function textExampleOf(type: string, { body, data }: Described): string {
  switch (String(type.split(";")[0])) {
    case "text/csv":
      return csvExample(body as ZodMiniObject, data as { readonly data: readonly object[] });
    case "application/jose":
      return vectorOf("certificates");
    case "application/x-license-file":
      return vectorOf("license-files");
    default:
      return "<!doctype html><title>Licensing</title>";
  }
}

function csvExample({ shape }: ZodMiniObject, { data }: { readonly data: readonly object[] }): string {
  const representation = (shape["data"] as ZodMiniArray).def.element as ZodMiniObject;
  const { body } = tableReply({ data, pagination: { hasMore: false, nextCursor: null } }, { format: "csv", name: "example", representation });
  return String(body);
}
