import { takesBody } from "@licensing/core/http/body.ts";
import * as z from "zod/mini";
import type { Entry } from "../../infra/openapi-document.ts";
import { naughtyAuthorizations, naughtyBodies, naughtyHeaders, naughtyPaths, naughtyStrings, naughtyValues } from "./naughty.ts";

/** One request as it goes over the wire; `[token]`, `[id]` and `[seat]` are filled in when it is sent. */
export type Hostile = {
  readonly kind: "text" | "value" | "body" | "query" | "parameter" | "path" | "header" | "credential" | "field" | "method";
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  /** Bytes as latin1. */
  readonly body: string;
  /** The hostile text of the request: an answer may echo it. */
  readonly planted: string;
  /** The field of a license as which the text was sent, and in which it must come back unchanged if it is accepted. */
  readonly echo?: "name";
  /** No answer may be 2xx: the request has no valid credential, or isn't one of this service's requests. */
  readonly never2xx: boolean;
};

type Schema = { readonly type?: unknown; readonly properties?: Readonly<Record<string, Schema>>; readonly required?: readonly string[]; readonly anyOf?: readonly Schema[]; readonly $ref?: string };

const utf8 = (text: string) => Buffer.from(text, "utf8").toString("latin1");
/** Lone surrogates as escapes, since UTF-8 can't encode them. */
const jsonText = (text: string) => utf8(JSON.stringify(text));
const bearer = "Authorization: Bearer [token]";
const jsonType = "Content-Type: application/json";

/** All hostile requests to one route, generated from its contract. */
export function hostileTo({ route, contract }: Entry): readonly Hostile[] {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => placeholders[name] ?? "[id]");
  const writes = takesBody(route.method);
  const isGuarded = contract.permission !== "public";
  const schema = contract.body === undefined ? undefined : (z.toJSONSchema(contract.body, { io: "input", unrepresentable: "any" }) as Schema);
  const valid = { ...(contract.examples?.body as object | undefined) } as Record<string, unknown>;
  const make = (rest: Partial<Hostile> & Pick<Hostile, "kind" | "planted">): Hostile => ({
    method: route.method, path, headers: writes ? [bearer, jsonType] : [bearer], body: writes ? JSON.stringify(valid) : "", never2xx: false, ...rest,
  });
  return [
    ...(writes ? bodies(make, { schema, valid }) : []),
    ...queries(make, { path, names: Object.keys(contract.query?.shape ?? {}), isOpen: contract.query?.safeParse({ unknown: "" }).success === true }),
    ...parameters(make, route.path),
    ...naughtyPaths.map((spell, index) => make({ kind: "path", planted: `path ${index}`, path: spell(path) })),
    ...naughtyHeaders.map((header) => make({ kind: "header", planted: header, headers: [bearer, ...(writes ? [jsonType] : []), header] })),
    ...(isGuarded ? naughtyAuthorizations.map((value) => make({ kind: "credential", planted: value, headers: [`Authorization: ${utf8(value)}`, ...(writes ? [jsonType] : [])], never2xx: true })) : []),
    ...(isGuarded ? [make({ kind: "credential", planted: "two", headers: [bearer, bearer], never2xx: true }), make({ kind: "credential", planted: "none", headers: [], never2xx: true })] : []),
    ...["TRACE", "PROPFIND", "PUT", "OPTIONS", "HEAD", "CONNECT", "LINK", "get", "post"].map((method) => make({ kind: "method", planted: method, method })),
  ];
}

const placeholders: Readonly<Record<string, string>> = { licenseId: "[id]", activationId: "[seat]", policyId: "[policy]", kid: "unknown-kid", id: "1", clientId: "svc_unknown", type: "not-found" };

type Make = (rest: Partial<Hostile> & Pick<Hostile, "kind" | "planted">) => Hostile;

function bodies(make: Make, { schema, valid }: { readonly schema: Schema | undefined; readonly valid: Record<string, unknown> }): Hostile[] {
  const fields = Object.keys(schema?.properties ?? {});
  const withField = (name: string, value: string) => objectText({ ...textOf(valid), [JSON.stringify(name)]: value });
  return [
    ...fields.flatMap((name) => naughtyStrings.map((text) => make({ kind: "text", planted: text, body: withField(name, jsonText(text)), ...(name === "name" ? { echo: "name" as const } : {}) }))),
    ...fields.flatMap((name) => naughtyValues.map((value) => make({ kind: "value", planted: value, body: withField(name, value) }))),
    ...(schema?.required ?? []).map((name) => make({ kind: "field", planted: `without ${name}`, body: JSON.stringify({ ...valid, [name]: undefined }), never2xx: true })),
    // Mass assignment: columns and members that no caller may set.
    ...["id", "status", "sequence", "seatsUsed", "createdAt", "key_digest", "tenantId", "isAdmin", "last_event_hash", "__proto__", "constructor", "prototype"].map((name) =>
      make({ kind: "field", planted: name, body: withField(name, '"x"'), never2xx: true }),
    ),
    ...naughtyBodies.map((body) => make({ kind: "body", planted: body, body, never2xx: true })),
  ];
}

/** `isOpen`: the route ignores parameters that it doesn't know, as the page does to which an identity provider sends people. */
function queries(make: Make, { path, names, isOpen }: { readonly path: string; readonly names: readonly string[]; readonly isOpen: boolean }): Hostile[] {
  const all = [...names, "unknown"];
  return all.flatMap((name) => naughtyStrings.map((text) => make({ kind: "query", planted: text, path: `${path}?${name}=${encode(text)}`, never2xx: name === "unknown" && !isOpen })));
}

function parameters(make: Make, template: string): Hostile[] {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return names.flatMap((wanted) =>
    naughtyStrings.filter((text) => text !== "").map((text) =>
      make({ kind: "parameter", planted: text, path: template.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === wanted ? encode(text).slice(0, 3_000) : (placeholders[name] ?? ""))) }),
    ),
  );
}

function encode(text: string): string {
  return [...Buffer.from(text, "utf8")].map((byte) => (/[A-Za-z0-9._~-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, "0")}`)).join("");
}

function textOf(valid: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(valid).map(([name, value]) => [JSON.stringify(name), utf8(JSON.stringify(value))]));
}

function objectText(members: Readonly<Record<string, string>>): string {
  return `{${Object.entries(members).map(([name, value]) => `${name}:${value}`).join(",")}}`;
}
