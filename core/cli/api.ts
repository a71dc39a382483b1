import type { Operation } from "../client/client.ts";
import { operations } from "../client/client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { fileText } from "./file-text.ts";
import { keyOption, recordOf } from "./option-values.ts";
import { warnOfRoles } from "./roles.ts";
import type { Adding } from "./run.ts";
import { globalsOf, openSession } from "./session.ts";

type Verbs = Readonly<Record<string, Operation>>;
type ApiOptions = { readonly body?: string; readonly query?: readonly string[]; readonly all?: boolean; readonly idempotencyKey?: string };

/** `licensing api <noun> <verb>`: every operation of the contract, by the client's own names. */
export function addApi({ command, world }: Adding): void {
  command("api")
    .argument("[noun]", "e.g. webhooks")
    .argument("[verb]", "e.g. rotate-secret")
    .argument("[ids...]", "the ids of its address, in order")
    .option("--body <json>", "the body: JSON, @file, or - for the input; the service's page /v1/api/licensing/docs shows its members")
    .option("--query <name=value...>", "filters, and other parameters of the query")
    .option("--all", "read every page of a list, and print one item per line")
    .option("--idempotency-key <key>", "makes a repetition safe", keyOption)
    .action(async (noun: string | undefined, verb: string | undefined, ids: readonly string[], options: ApiOptions, command) => {
      const operation = operationOf(noun, verb);
      if (operation === undefined) return void world.out(`${listing(noun)}\n`);
      if (ids.length !== operation.params.length) {
        throw new Failure(exitCodes.usage, `licensing api ${noun} ${verb} takes ${operation.params.length === 0 ? "no ids" : operation.params.map((name) => `<${name}>`).join(" ")}.`);
      }
      const session = openSession(world, globalsOf(command));
      const { client } = session;
      const query = recordOf((options.query ?? []).map(pairOf));
      if (options.query !== undefined && operation.takes === undefined) throw new Failure(exitCodes.usage, `licensing api ${noun} ${verb} takes no query.`);
      const body = options.body === undefined ? undefined : await bodyOf(options.body, world.readInput);
      if (body !== undefined && operation.takes !== "body") throw new Failure(exitCodes.usage, `licensing api ${noun} ${verb} takes no body.`);
      const calls = client as unknown as Readonly<Record<string, Readonly<Record<string, (...given: unknown[]) => unknown>>>>;
      const callOptions = { signal: world.signal, idempotencyKey: options.idempotencyKey, ...(operation.takes === "body" ? { query } : {}) };
      const given = operation.takes === undefined ? ids : [...ids, operation.takes === "body" ? body : query];
      const called = calls[noun ?? ""]?.[camel(verb ?? "")]?.(...given, callOptions);
      if (operation.isList !== true) {
        const answer = await called;
        world.out(answer === undefined ? "" : typeof answer === "string" ? `${answer.trimEnd()}\n` : `${JSON.stringify(answer, null, world.isTerminal ? 2 : undefined)}\n`);
        if (noun === "access" && operation.method === "POST") await warnOfRoles(session, answer);
        return;
      }
      const list = called as AsyncIterable<unknown> & { readonly firstPage: () => Promise<unknown> };
      if (options.all !== true) return void world.out(`${JSON.stringify(await list.firstPage(), null, world.isTerminal ? 2 : undefined)}\n`);
      for await (const item of list) world.out(`${JSON.stringify(item)}\n`);
    });
}

/** Undefined: no verb is named. Throws a Failure for an unknown name. */
function operationOf(noun: string | undefined, verb: string | undefined): Operation | undefined {
  if (noun === undefined) return undefined;
  const verbs = Object.hasOwn(operations, noun) ? (operations as Readonly<Record<string, Verbs>>)[noun] : undefined;
  if (verbs === undefined) throw new Failure(exitCodes.usage, `There is no noun ${JSON.stringify(noun)}. The nouns are ${Object.keys(operations).join(", ")}.`);
  if (verb === undefined) return undefined;
  const operation = Object.hasOwn(verbs, camel(verb)) ? verbs[camel(verb)] : undefined;
  if (operation === undefined) throw new Failure(exitCodes.usage, `${noun} has no verb ${JSON.stringify(verb)}. It has ${Object.keys(verbs).map(kebab).join(", ")}.`);
  return operation;
}

function listing(noun: string | undefined): string {
  return Object.entries(operations as Readonly<Record<string, Verbs>>)
    .filter(([name]) => noun === undefined || name === noun)
    .flatMap(([name, verbs]) => Object.entries(verbs).map(([verb, { params, takes }]) =>
      [`licensing api ${name} ${kebab(verb)}`, ...params.map((param) => `<${param}>`), ...(takes === "body" ? ["--body <json>"] : takes === "query" ? ["[--query name=value]"] : [])].join(" ")))
    .join("\n");
}

function camel(text: string): string {
  return text.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function kebab(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new Failure(exitCodes.usage, `${JSON.stringify(text)} is not of the form name=value.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

async function bodyOf(given: string, readInput: () => Promise<string>): Promise<unknown> {
  const text = given === "-" ? await readInput() : given.startsWith("@") ? fileText(given.slice(1)) : given;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Failure(exitCodes.usage, `The body isn't JSON: ${(error as Error).message}`);
  }
}
