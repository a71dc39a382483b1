import openapiTypescript, { astToString } from "openapi-typescript";
import type { OpenAPI3 } from "openapi-typescript";
import type { GeneratedFiles } from "./generated.ts";
import type { JsonObject } from "./openapi-schemas.ts";

/**
 * The generated files of `core/client`: `contract.ts` has the types of the OpenAPI document, `operations.ts` the nouns and verbs of
 * the client with their addresses.
 */
export async function clientFiles(document: JsonObject): Promise<GeneratedFiles> {
  // Optional members that have a default are optional for callers too; a reply lists its members as required.
  const types = await openapiTypescript(withoutExamples(document) as OpenAPI3, { alphabetize: false, immutable: true, exportType: true, defaultNonNullable: false, rootTypes: true, rootTypesNoSchemaPrefix: true });
  return {
    "core/client/contract.ts": `${heading}${astToString(types).replaceAll(/^export type (?:Response|Parameter|Header)\w+ = .*\n/gm, "")}`,
    "core/client/operations.ts": `${heading}${operationsModule(operationsOf(document))}`,
  };
}

/** Examples would be comments of the types, longer than the types themselves. */
function withoutExamples(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutExamples);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([name, member]) => (/^examples?$/.test(name) ? [] : [[name, withoutExamples(member)]])));
}

const heading = "// Generated from the OpenAPI document by `npm run openapi`.\n";

type Operation = {
  readonly id: string;
  readonly noun: string;
  readonly verb: string;
  readonly method: string;
  readonly path: string;
  readonly params: readonly string[];
  readonly accept: string | undefined;
  readonly isList: boolean;
  readonly hasQuery: boolean;
  readonly hasBody: boolean;
  readonly isBodyOptional: boolean;
  readonly comment: string;
};

type OperationObject = {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly { readonly name?: string; readonly in?: string }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, { readonly schema: JsonObject }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
};

/** The operations that programs call: those that answer data, a certificate or nothing. Pages for browsers are left out. */
function operationsOf(document: JsonObject): readonly Operation[] {
  const paths = document["paths"] as Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const answer = answerOf(operation);
      return answer.isForPrograms ? [operationOf({ method, path, accept: answer.accept }, operation)] : [];
    }),
  );
}

function answerOf({ responses }: OperationObject): { readonly isForPrograms: boolean; readonly accept?: string | undefined } {
  const types = Object.entries(responses).flatMap(([status, { content = {} }]) => (status.startsWith("2") ? Object.keys(content) : []));
  const accept = types.find((type) => /[/+]json$/.test(type)) ?? types.find((type) => type === "application/jose");
  return { isForPrograms: accept !== undefined || types.length === 0, accept };
}

function operationOf(place: Pick<Operation, "method" | "path" | "accept">, operation: OperationObject): Operation {
  const [noun = ""] = operation.tags;
  const inQuery = operation.parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name);
  return {
    ...place,
    method: place.method.toUpperCase(),
    id: operation.operationId,
    noun,
    verb: lowerFirst(operation.operationId.slice(noun.length)),
    params: operation.parameters.flatMap((parameter) => (parameter.in === "path" && parameter.name !== undefined ? [parameter.name] : [])),
    isList: place.method === "get" && inQuery.includes("cursor"),
    hasQuery: inQuery.length > 0,
    hasBody: hasMembers(operation.requestBody?.content["application/json"]?.schema),
    isBodyOptional: operation.requestBody?.required !== true,
    comment: [...new Set([operation.summary, operation.description ?? operation.summary].map(sentence))].join(" "),
  };
}

/** Whether a body can have members. A verb whose body has none takes no argument for it. */
function hasMembers(schema: JsonObject | undefined): boolean {
  return schema !== undefined && (schema["type"] !== "object" || Object.keys(schema["properties"] ?? {}).length > 0);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function sentence(text: string): string {
  return /[.!?:]$/.test(text) ? text : `${text}.`;
}

/** The module's text: the client's type with each operation's signature, and the table that the client is built from. */
function operationsModule(operations: readonly Operation[]): string {
  const nouns = [...Map.groupBy(operations, ({ noun }) => noun)];
  return [
    `import type { Body, ListQuery, Options, PagesOf, Query, Reply } from "./operation-types.ts";`,
    "",
    "/** Every operation of the service, by its noun and verb. */",
    "export type Nouns = {",
    ...nouns.flatMap(([noun, own]) => [`  readonly ${noun}: {`, ...own.flatMap((each) => [`    /** ${each.comment.replaceAll("*/", "* /")} */`, `    readonly ${each.verb}: ${signatureOf(each)};`]), "  };"]),
    "};",
    "",
    "/** An operation's address, and how it is called. */",
    "export type Operation = {",
    `  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";`,
    "  readonly path: string;",
    "  /** The names of the arguments that stand in the path, in order. */",
    "  readonly params: readonly string[];",
    "  /** The media type that is asked for; absent: the answer has no body. */",
    "  readonly accept?: string;",
    "  /** The argument after those of the path. */",
    `  readonly takes?: "body" | "query";`,
    "  readonly isList?: true;",
    "};",
    "",
    "export const operations = {",
    ...nouns.flatMap(([noun, own]) => [`  ${noun}: {`, ...own.map((each) => `    ${each.verb}: ${JSON.stringify(rowOf(each))},`), "  },"]),
    "} satisfies { readonly [Noun in keyof Nouns]: { readonly [Verb in keyof Nouns[Noun]]: Operation } };",
    "",
  ].join("\n");
}

function signatureOf({ id, params, isList, hasQuery, hasBody, isBodyOptional }: Operation): string {
  const inPath = params.map((name) => `${name}: string`);
  const options = `options?: Options<"${id}">`;
  if (isList) return `(${[...inPath, `query?: ListQuery<"${id}">`, options].join(", ")}) => PagesOf<"${id}">`;
  const body = hasBody ? [`body${isBodyOptional ? "?" : ""}: Body<"${id}">`] : hasQuery ? [`query?: Query<"${id}">`] : [];
  return `(${[...inPath, ...body, options].join(", ")}) => Promise<Reply<"${id}">>`;
}

function rowOf({ method, path, params, accept, isList, hasQuery, hasBody }: Operation): JsonObject {
  const takes = hasBody ? { takes: "body" } : hasQuery ? { takes: "query" } : {};
  return { method, path, params, ...(accept === undefined ? {} : { accept }), ...takes, ...(isList ? { isList } : {}) };
}
