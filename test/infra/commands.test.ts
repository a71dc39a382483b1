import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { bundle } from "../../infra/bundle/bundle.ts";
import type { DatabaseSettings, Neon } from "../../infra/database-settings.ts";
import { applyDatabaseSettings } from "../../infra/database-settings.ts";
import { listPreviews, previews } from "../../infra/previews.ts";
import { reportRedisSpend } from "../../infra/redis-spend.ts";
import { mapsOf, resolveStacks, trace } from "../../infra/trace.ts";

const project = join(import.meta.dirname, "../..");
const work = mkdtempSync(join(tmpdir(), "licensing-commands-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("the settings of a database", () => {
  const settings: DatabaseSettings = { projectId: "calm-sea", branchId: "br-main", endpointId: "ep-main", minimumUnits: 1, maximumUnits: 4, isProtected: true };

  /** A stand-in for Neon: one compute, one branch, and a project that is busy for a number of requests. */
  function neonWith(state: { endpoint: Record<string, unknown>; branch: Record<string, unknown>; busy?: number; deaf?: boolean }): { neon: Neon; sent: string[] } {
    const sent: string[] = [];
    const neon: Neon = async (method, path, body) => {
      sent.push(`${method} ${path}`);
      const key = path.includes("/endpoints/") ? "endpoint" : "branch";
      if (method === "PATCH") {
        if ((state.busy ?? 0) > 0) {
          state.busy = (state.busy ?? 0) - 1;
          return { status: 423, json: { message: "project already has running operations" } };
        }
        if (state.deaf !== true) Object.assign(state[key], (body as Record<string, object>)[key]);
      }
      return { status: 200, json: { [key]: state[key] } };
    };
    return { neon, sent };
  }
  const small = () => ({ autoscaling_limit_min_cu: 0.25, autoscaling_limit_max_cu: 1 });

  test("are set on the existing compute and branch", async () => {
    const state = { endpoint: small(), branch: { protected: false } };
    const { neon } = neonWith(state);
    await applyDatabaseSettings(settings, neon, async () => {});
    expect(state).toEqual({ endpoint: { autoscaling_limit_min_cu: 1, autoscaling_limit_max_cu: 4 }, branch: { protected: true } });
  });

  test("are not sent if they hold already, since a change restarts the compute", async () => {
    const { neon, sent } = neonWith({ endpoint: { autoscaling_limit_min_cu: 1, autoscaling_limit_max_cu: 4 }, branch: { protected: true } });
    await applyDatabaseSettings(settings, neon, async () => {});
    expect(sent.filter((request) => request.startsWith("PATCH"))).toEqual([]);
  });

  test("wait while the project is busy, for a bounded time", async () => {
    const state = { endpoint: small(), branch: {}, busy: 3 };
    await applyDatabaseSettings(settings, neonWith(state).neon, async () => {});
    expect(state.endpoint.autoscaling_limit_max_cu).toBe(4);
    await expect(applyDatabaseSettings(settings, neonWith({ endpoint: small(), branch: {}, busy: 1000 }).neon, async () => {})).rejects.toThrow(/Neon answers 423 to PATCH .*endpoints.*running operations/);
  });

  test("are read back: a success that changed nothing is a fault", async () => {
    const { neon } = neonWith({ endpoint: small(), branch: {}, deaf: true });
    await expect(applyDatabaseSettings(settings, neon, async () => {})).rejects.toThrow(/autoscaling_limit_min_cu and autoscaling_limit_max_cu stay as they were/);
  });

  test("are refused with Neon's own message", async () => {
    const neon: Neon = async () => ({ status: 404, json: { message: "endpoint not found" } });
    await expect(applyDatabaseSettings(settings, neon, async () => {})).rejects.toThrow("Neon answers 404 to GET /projects/calm-sea/endpoints/ep-main: endpoint not found");
  });
});

describe("previews", () => {
  const neon: Neon = async (_method, path) => ({
    status: 200,
    json: path.endsWith("/branches")
      ? {
          branches: [
            { id: "br-1", name: "main", default: true, created_at: "2026-01-01T00:00:00Z" },
            { id: "br-2", name: "pr-7", created_at: "2026-01-01T00:00:00Z" },
            { id: "br-3", name: "pr-8", created_at: "2026-01-01T00:00:00Z" },
            { id: "br-4", name: "pr-9", created_at: "2026-11-20T00:00:00Z" },
          ],
        }
      : { endpoints: [{ branch_id: "br-2", last_active: "2026-11-01T00:00:00Z" }, { branch_id: "br-3", last_active: "2026-11-25T00:00:00Z" }] },
  });

  test("that were unused for their lifetime are abandoned, and the project's own branch never is", async () => {
    const found = await listPreviews(neon, { id: "previews", lifeDays: 14 }, new Date("2026-11-29T00:00:00Z"));
    expect(found).toEqual([
      { stage: "pr-7", lastUsedAt: "2026-11-01T00:00:00Z", abandoned: true },
      { stage: "pr-9", lastUsedAt: "2026-11-20T00:00:00Z", abandoned: false },
      { stage: "pr-8", lastUsedAt: "2026-11-25T00:00:00Z", abandoned: false },
    ]);
  });

  test("are listed with the command that removes one", async () => {
    let printed = "";
    const code = await previews(["--days", "1"], {}, { print: (text) => (printed += text), tell: () => {} }, neon);
    expect(printed).toContain("pr-7  last used 2026-11-01  abandoned: npx sst remove --stage pr-7\n");
    expect(code).toBe(1);
  });

  test("can't be listed without a key, or with a malformed number of days", async () => {
    let told = "";
    const output = { print: () => {}, tell: (text: string) => (told += text) };
    expect(await previews([], {}, output)).toBe(3);
    expect(told).toContain("NEON_API_KEY: is not set");
    expect(await previews(["--days", "soon"], {}, output, neon)).toBe(3);
    expect(told).toContain("--days is not a whole number of days");
  });
});

describe("the cost of Redis", () => {
  const account = { databaseId: "db/1", email: "ops@acme.com", readOnlyKey: "the-key", budgetDollars: 360 };
  const lines: string[] = [];
  const runtime = createRuntime({ environment: { APP_ENV_STAGE: "production" }, print: (line) => lines.push(line) });

  test("becomes a metric in percent of the budget, read with the key as a password", async () => {
    const asked: string[] = [];
    const { percent } = await reportRedisSpend(runtime, account, async (url, { headers }) => {
      asked.push(url, headers["authorization"] ?? "");
      return Response.json({ total_monthly_billing: 252.018 });
    });
    expect(asked).toEqual(["https://api.upstash.com/v2/redis/stats/db%2F1", `Basic ${Buffer.from("ops@acme.com:the-key").toString("base64")}`]);
    expect(percent).toBe(70);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ RedisBudgetPercent: 70, Stage: "production" });
  });

  test.each([
    ["an answer without a cost", () => Response.json({}), /lacks/],
    ["a cost that isn't a number", () => Response.json({ total_monthly_billing: "much" }), /lacks/],
    ["a key that ran out", () => new Response("unauthorized", { status: 401 }), /answers 401/],
  ])("fails its run, which raises an alarm, and shows no key: %s", async (_case, answer, message) => {
    const run = reportRedisSpend(runtime, account, async () => answer());
    await expect(run).rejects.toThrow(message);
    await expect(run).rejects.not.toThrow(/the-key/);
  });
});

describe("a stack trace of a deployed function", () => {
  /** A throwing function, in a folder of its own, with code in a chunk that loads later. */
  async function thrown(): Promise<{ readonly stack: string; readonly folder: string }> {
    const fixtures = join(project, ".build/infra-fixtures");
    mkdirSync(fixtures, { recursive: true });
    writeFileSync(join(fixtures, "later.ts"), "export function fail(what: string): never {\n  // A line.\n  throw new TypeError(what);\n}\n");
    writeFileSync(join(fixtures, "throws.ts"), 'export const handler = async () => {\n  const { fail } = await import("./later.ts");\n  return fail("broken");\n};\n');
    const { outfile } = await bundle({ name: "throws", source: ".build/infra-fixtures/throws.ts" }, { project, folder: work });
    const script = `const { handler } = await import(${JSON.stringify(pathToFileURL(outfile).href)}); await handler().catch(({ stack }) => console.log(JSON.stringify({ message: "request failed", error: { stack: stack.split("\\n") } })));`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
    return { stack: stdout, folder: join(work, "throws") };
  }

  test("is mapped to the sources, chunks included", async () => {
    const { stack, folder } = await thrown();
    expect(stack).not.toContain("later.ts");
    const { text, unknown } = resolveStacks(stack, mapsOf(folder));
    expect(unknown).toEqual([]);
    expect(text).toContain(".build/infra-fixtures/later.ts:3:9");
    expect(text).toMatch(/\.build\/infra-fixtures\/throws\.ts:3:\d+/);
    expect(JSON.parse(text)).toMatchObject({ message: "request failed" });
  });

  test("is mapped by the kept maps of a deploy, whose names begin with a digest", async () => {
    const { stack, folder } = await thrown();
    const kept = mkdtempSync(join(work, "kept-"));
    for (const name of ["bundle.mjs.map"]) writeFileSync(join(kept, `${"a".repeat(64)}.${name}`), readFileSync(join(folder, name)));
    let printed = "";
    let told = "";
    const code = await trace(["licenses/issue", "--maps", kept], stack, { print: (text) => (printed += text), tell: (text) => (told += text) });
    expect(printed).toMatch(/throws\.ts:3:\d+/);
    // The chunk's map is missing, which is reported.
    expect([code, told]).toEqual([1, expect.stringMatching(/^later-[A-Z0-9]{8}\.mjs: not of this function/)]);
  });

  test("of an unknown function is refused with the usage", async () => {
    let told = "";
    expect(await trace(["licenses/isue"], "", { print: () => {}, tell: (text) => (told += text) })).toBe(3);
    expect(told).toMatch(/there is no function licenses\/isue[^]*Usage/);
  });
});
