import { expect, test } from "vitest";
import type { Lambda } from "../../infra/switch.ts";
import { switchCommand } from "../../infra/switch.ts";

type Published = { readonly at: string; readonly variables?: Readonly<Record<string, string>>; readonly answers?: unknown };

/** A stand-in for Lambda: each function's versions, of which the newest serves, and what invoked versions answer. */
function lambdaWith(functions: Readonly<Record<string, readonly Published[]>>) {
  const aliases = new Map(Object.entries(functions).map(([name, versions]) => [name, String(versions.length)]));
  const changes: string[] = [];
  const physical = (name: string) => `licensing-staging-${name}Function-abcdefgh`;
  const named = (path: string) => Object.keys(functions).find((name) => path.includes(`/${physical(name)}`)) ?? "";
  const lambda: Lambda = async (method, path, body) => {
    const name = named(path);
    const [, asked = ""] = /:(\d+)\/invocations$/.exec(path) ?? [];
    if (method === "POST") return invoked(functions[name]?.[Number(asked) - 1], body);
    if (path.includes("/versions")) return { status: 200, json: { Versions: [{ Version: "$LATEST" }, ...(functions[name] ?? []).map(versionJson)] } };
    if (method === "PUT") {
      changes.push(`${name} ${(body as { FunctionVersion: string }).FunctionVersion}`);
      aliases.set(name, (body as { FunctionVersion: string }).FunctionVersion);
    }
    if (path.includes("/aliases/")) return { status: 200, json: { FunctionVersion: aliases.get(name) } };
    // Two pages, and functions of other stages.
    const all = [...Object.keys(functions).map(physical), "licensing-production-LicensesIssueFunction-abcdefgh", "licensing-staging-2-HealthLiveFunction-abcdefgh"].map((FunctionName) => ({ FunctionName }));
    return { status: 200, json: path.includes("Marker=next") ? { Functions: all.slice(1) } : { Functions: all.slice(0, 1), NextMarker: "next" } };
  };
  return { lambda, changes };
}

function versionJson({ at, variables }: Published, index: number): object {
  return { Version: String(index + 1), LastModified: at.replace("Z", "+0000"), Environment: { Variables: { APP_ENV_DATABASE_URL: "now", ...variables } } };
}

function invoked(version: Published | undefined, body: unknown) {
  expect(body).toEqual({ check: true });
  const answer = version?.answers ?? { mayWrite: true };
  return { status: 200, json: answer, fault: Object.hasOwn(Object(answer), "errorMessage") };
}

async function switched(args: readonly string[], lambda: Lambda) {
  let [printed, told] = ["", ""];
  const code = await switchCommand(["--stage", "staging", ...args], lambda, { print: (text) => (printed += text), tell: (text) => (told += text) });
  return { code, printed, told };
}

const monday = "2026-11-23T10:00:00.000Z";
const tuesday = "2026-11-24T10:00:00.000Z";
const between = ["--to", "2026-11-23T12:00:00Z"];
const world = { LicensesIssue: [{ at: monday }, { at: tuesday }], HealthLive: [{ at: monday }], UsageList: [{ at: tuesday }], Migrate: [{ at: monday }, { at: tuesday }] };

test("a switch moves each function to its newest version of the instant, and leaves those without one", async () => {
  const { lambda, changes } = lambdaWith(world);
  const { code, printed } = await switched(between, lambda);
  expect([code, changes]).toEqual([0, ["LicensesIssue 1", "Migrate 1"]]);
  expect(printed).toContain(`LicensesIssue: 2 → 1 (${monday})\n`);
  expect(printed).toContain("npx sst refresh");
  expect((await switched(["--to", "2026-11-24T12:00:00Z"], lambda)).code).toBe(0);
  expect(changes.slice(2)).toEqual(["LicensesIssue 2", "Migrate 2"]);
});

test("a switch below the schema's floor is refused, says what to do instead, and changes nothing", async () => {
  const refusal = "this release is older than the schema allows: 0036_later_drop ran. Deploy a release that has it";
  const { lambda, changes } = lambdaWith({ ...world, Migrate: [{ at: monday, answers: { errorType: "Error", errorMessage: refusal } }, { at: tuesday }] });
  expect(await switched(between, lambda)).toEqual({ code: 1, printed: "", told: `The former code may not write to the present database: ${refusal}.\n` });
  expect(changes).toEqual([]);
});

test("a switch to a release that can't tell which schema it may write is refused", async () => {
  const { lambda, changes } = lambdaWith({ ...world, Migrate: [{ at: monday, answers: { applied: [] } }, { at: tuesday }] });
  expect((await switched(between, lambda)).told).toContain("it can't tell which schema it may write; deploy the former commit instead");
  expect((await switched(["--to", "2026-11-01T00:00:00Z"], lambda)).told).toContain("No version is that old");
  expect(changes).toEqual([]);
});

test("a switch that would bring back former settings is refused by their names, and shows no value", async () => {
  const { lambda, changes } = lambdaWith({ ...world, LicensesIssue: [{ at: monday, variables: { APP_ENV_DATABASE_URL: "a-former-password" } }, { at: tuesday }] });
  const { code, told } = await switched(between, lambda);
  expect(code).toBe(1);
  expect(told).toContain("LicensesIssue: APP_ENV_DATABASE_URL\n");
  expect(told).not.toContain("a-former-password");
  expect(changes).toEqual([]);
});

test("a dry run shows the moves and makes none; the list shows when versions were published", async () => {
  const { lambda, changes } = lambdaWith(world);
  expect((await switched([...between, "--dry-run"], lambda)).printed).toContain("LicensesIssue: 2 → 1");
  expect((await switched(["--list"], lambda)).printed).toBe("2026-11-24T10:00:59Z  3 functions\n2026-11-23T10:00:59Z  3 functions\n");
  expect(changes).toEqual([]);
});

test("an unknown stage, an invalid instant and a refusal by Lambda are named", async () => {
  const { lambda } = lambdaWith(world);
  for (const to of ["yesterday", "2026-13-01T00:00:00Z"]) expect((await switched(["--to", to], lambda)).code).toBe(2);
  expect((await switched([], lambda)).code).toBe(2);
  expect((await switched(between, async () => ({ status: 200, json: { Functions: [] } }))).told).toContain("no function of the stage staging");
  expect((await switched(between, async () => ({ status: 403, json: { message: "not authorized" } }))).told).toContain("Lambda answers 403 to GET /2015-03-31/functions/?MaxItems=50: not authorized");
});
