import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createClient, LicensingError, operations } from "@licensing/core/client/client.ts";
import { loadEntries } from "../../infra/openapi.ts";
import { replySchema } from "../../infra/reply-schema.ts";
import { freePort } from "../support/free-port.ts";
import { commandOf, describeOn } from "../support/platforms.ts";
import { patient } from "../support/slowness.ts";
import { go, isSkippedWithout, pathOf, python } from "../support/wanted.ts";
import { whenDone } from "../support/when-done.ts";

/** The published contract, as tools and languages of other teams read it. */
const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const file = join(root, "functions/reference/openapi.json");
type Media = { readonly example?: unknown };
type Parameter = { readonly name: string; readonly in: string; readonly schema: { readonly examples?: readonly unknown[] } };
type Operation = {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: Readonly<Record<string, Media>> }>>;
};
type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>; readonly components: { readonly schemas: object; readonly examples: Readonly<Record<string, { readonly value: { readonly type: string } }>> }; readonly webhooks: object };
const document = JSON.parse(await readFile(file, "utf8")) as Document;
const all = Object.values(document.paths).flatMap((methods) => Object.values(methods));
const folder = await mkdtemp(join(tmpdir(), "licensing-openapi-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Every pattern with the examples beside it. */
function patternsOf(value: unknown): readonly { readonly pattern: string; readonly examples: readonly string[] }[] {
  if (typeof value !== "object" || value === null) return [];
  const { pattern, examples = [], example } = value as { readonly pattern?: unknown; readonly examples?: unknown; readonly example?: unknown };
  const own = typeof pattern === "string" ? [{ pattern, examples: [...(Array.isArray(examples) ? (examples as unknown[]) : []), example].filter((each) => typeof each === "string") }] : [];
  return [...own, ...Object.values(value).flatMap(patternsOf)];
}
const patterns = patternsOf(document);
const cases = [...Map.groupBy(patterns, ({ pattern }) => pattern)].map(([pattern, group]) => ({ pattern, examples: [...new Set(group.flatMap(({ examples }) => examples))] }));

const inPython = `
import json, re, sys
print(json.dumps([[case["pattern"], example] for case in json.load(sys.stdin) for example in case["examples"] + [None] if not (re.compile(case["pattern"]) if example is None else re.search(case["pattern"], example))]))`;
const inGo = `
package main
import ("encoding/json"; "fmt"; "os"; "regexp")
type Case struct { Pattern string; Examples []string }
func main() {
  var cases []Case
  if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil { panic(err) }
  failed := [][]string{}
  for _, c := range cases {
    compiled, err := regexp.Compile(c.Pattern)
    if err != nil { failed = append(failed, []string{c.Pattern, err.Error()}); continue }
    for _, example := range c.Examples { if !compiled.MatchString(example) { failed = append(failed, []string{c.Pattern, example}) } }
  }
  json.NewEncoder(os.Stdout).Encode(failed); fmt.Print("")
}`;

/** Gives a program the cases and returns its answer. Rejects with its error output. */
async function answerOf(program: string, args: readonly string[], given = cases): Promise<unknown> {
  const started = run(program, [...args], { timeout: patient(120_000), env: { ...process.env, GOCACHE: join(folder, "go"), GOFLAGS: "-mod=mod" } });
  started.child.stdin?.end(JSON.stringify(given));
  return JSON.parse((await started).stdout) as unknown;
}

/** Plain JavaScript takes it, and reads it as another pattern than a reader. */
const wrong = [{ pattern: String.raw`^(?!x)\p{L}+$`, examples: [] }];

describe("every pattern", () => {
  test("compiles in plain JavaScript, and matches its examples", () => {
    expect(cases.length).toBeGreaterThan(15);
    expect(cases.flatMap(({ pattern, examples }) => examples.filter((example) => !new RegExp(pattern).test(example)).map((example) => [pattern, example]))).toEqual([]);
  });
  test.skipIf(isSkippedWithout(python))("compiles in Python's re, and matches its examples", async () => {
    expect(await answerOf(pathOf(python), ["-c", inPython])).toEqual([]);
    await expect(answerOf(pathOf(python), ["-c", inPython], wrong), "(control)").rejects.toThrow(/bad escape/);
  });
  test.skipIf(isSkippedWithout(go))("compiles in Go's regexp, and matches its examples", async () => {
    await writeFile(join(folder, "main.go"), inGo);
    expect(await answerOf(pathOf(go), ["run", join(folder, "main.go")])).toEqual([]);
    expect(await answerOf(pathOf(go), ["run", join(folder, "main.go")], wrong), "(control)").toEqual([[wrong[0]?.pattern, expect.stringContaining("invalid")]]);
  });
});

describe("every shape", () => {
  test("of a body and of a JSON reply has a name", () => {
    const media = all.flatMap(({ operationId, requestBody, responses }) => [requestBody, ...Object.values(responses)].flatMap((part) => Object.entries(part?.content ?? {}).map(([type, each]) => [operationId, type, each] as const)));
    const unnamed = media.filter(([, type, each]) => /[/+]json$/.test(type) && !("$ref" in (each as { readonly schema: object }).schema)).map(([id, , each]) => [id, (each as { readonly schema: { readonly properties?: object } }).schema.properties]);
    // An empty body has no members to name.
    expect(unnamed.filter(([, properties]) => Object.keys(properties ?? {}).length > 0)).toEqual([]);
  });
  test("has a name that every language can use", () => {
    expect(Object.keys(document.components.schemas).filter((name) => !/^[A-Z][A-Za-z0-9]{1,50}$/.test(name))).toEqual([]);
  });
});

test("every reply with a body, and every problem, has an example; a problem's type is an absolute address", () => {
  const without = all.flatMap(({ operationId, responses }) => Object.entries(responses).flatMap(([status, { content = {} }]) => Object.entries(content).filter(([, { example }]) => example === undefined).map(([type]) => [operationId, status, type])));
  expect(without).toEqual([]);
  expect(Object.values(document.components.examples).filter(({ value }) => !URL.canParse(value.type))).toEqual([]);
});

describeOn("@stoplight/spectral-cli", "Spectral", () => {
  test("finds nothing, by its rules of OpenAPI", async () => {
    await writeFile(join(folder, "spectral.json"), JSON.stringify({ extends: ["spectral:oas"] }));
    const lint = async (path: string) => {
      const linted = run(process.execPath, [commandOf("spectral"), "lint", path, "--ruleset", join(folder, "spectral.json"), "--format", "json", "--quiet"], { maxBuffer: 16_777_216, timeout: patient(120_000) });
      // It ends with 1 if it finds an error, and prints the same.
      const { stdout } = await linted.catch((error: unknown) => error as { readonly stdout: string });
      return (JSON.parse(stdout.slice(stdout.indexOf("["))) as readonly { readonly code: string }[]).map(({ code }) => code);
    };
    expect(await lint(file)).toEqual([]);
    const broken = join(folder, "broken.json");
    const { paths } = document;
    const [[address, methods] = []] = Object.entries(paths).filter(([, each]) => Object.keys(each).length > 1);
    const repeated = Object.entries(methods ?? {}).map(([method, { responses }]) => [method, { operationId: "same", responses: { 204: { description: Object.keys(responses).join() } } }]);
    await writeFile(broken, JSON.stringify({ openapi: "3.1.0", info: { title: "A control", version: "1" }, paths: { [String(address)]: Object.fromEntries(repeated) } }));
    expect(await lint(broken), "(control)").toContain("operation-operationId-unique");
  });
});

describeOn("@hey-api/openapi-ts", "another generator, @hey-api/openapi-ts,", () => {
  test("makes types and functions that compile under this repository's own settings", async () => {
    const output = join(folder, "generated");
    await writeFile(join(folder, "generate.mjs"), `export default { input: ${JSON.stringify(file)}, output: { path: ${JSON.stringify(output)}, module: { extension: ".ts" } }, logs: { level: "silent" } };`);
    await run(process.execPath, [commandOf("openapi-ts"), "-f", join(folder, "generate.mjs")], { cwd: join(root, "test/platforms"), timeout: patient(120_000) });
    const compilerOptions = { lib: ["ES2024", "DOM", "DOM.AsyncIterable"], types: ["node"], typeRoots: [join(root, "node_modules/@types")] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: ["generated"], exclude: [] }));
    const complaints = await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", join(folder, "tsconfig.json"), "--noEmit"]).then(() => "", ({ stdout }: { readonly stdout: string }) => stdout);
    // The generator copies its run time unchanged, and that doesn't know `exactOptionalPropertyTypes`.
    expect(complaints.split("\n").filter((line) => /^\S/.test(line) && !/\/generated\/(client|core)\/.*exactOptionalPropertyTypes/.test(line))).toEqual([]);
  }, patient(180_000));
});

describeOn("@stoplight/prism-cli", "a mock of the service, made by Prism from the contract,", () => {
  let url = "";
  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const mock = spawn(process.execPath, [commandOf("prism"), "mock", file, "--port", String(port)], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const output of [mock.stdout, mock.stderr]) output.on("data", (chunk: Buffer) => (said += chunk.toString()));
    whenDone(() => void mock.kill());
    await vi.waitFor(() => expect(said).toContain("listening"), { timeout: patient(120_000), interval: 100 });
  }, patient(150_000));

  test("answers every operation with a body that the service's own contract accepts", async () => {
    const client = createClient({ url, credentials: () => ({ token: "any" }) }) as unknown as Readonly<Record<string, Readonly<Record<string, (...given: unknown[]) => unknown>>>>;
    const entries = await loadEntries();
    for (const [noun, verbs] of Object.entries(operations)) {
      for (const [verb, row] of Object.entries(verbs as Readonly<Record<string, (typeof operations)["licenses"]["read"]>>)) {
        const operation = document.paths[row.path]?.[row.method.toLowerCase()];
        const inPath = row.params.map((name) => String(operation?.parameters.find((parameter) => parameter.name === name)?.schema.examples?.[0] ?? "7187634217123840001"));
        const given = "takes" in row && row.takes === "body" ? [operation?.requestBody?.content["application/json"]?.example] : [];
        const called = client[noun]?.[verb]?.(...inPath, ...given) as Promise<unknown> & { readonly firstPage?: () => Promise<unknown> };
        const answer = await (called.firstPage === undefined ? called : called.firstPage());
        const contract = entries.find(({ route }) => route.method === row.method && route.path === row.path)?.contract;
        const [reply] = Object.values(contract?.replies ?? {});
        const schema = reply === undefined || !row.accept?.endsWith("json") ? undefined : replySchema(reply);
        expect([noun, verb, schema?.safeParse(answer).error?.issues]).toEqual([noun, verb, undefined]);
      }
    }
  }, patient(180_000));

  test("refuses a call without a credential by the service's problem", async () => {
    const error = await createClient({ url, credentials: () => undefined }).licenses.read("7187634217123840001").then(() => undefined, (thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LicensingError);
    expect(error).toMatchObject({ code: "unauthenticated", status: 401 });
  }, patient(120_000));
});
