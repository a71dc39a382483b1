import { describe, expect, test } from "vitest";
import { createAdmission, type Admission, type LimitedCaller } from "@licensing/core/endpoint/admission.ts";
import { callLimits } from "@licensing/core/http/limits.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { ProblemError } from "@licensing/core/problem/problem.ts";

/** A process without Redis, which counts for itself. Time stands still at the start of a window. */
function createProcess() {
  const runtime = createRuntime({ environment: {}, now: () => new Date("2026-11-23T12:00:00.000Z"), print: () => undefined });
  return (kind: LimitedCaller["kind"], id = "somebody"): Admission => createAdmission(runtime, { kind, id });
}

async function refusalOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
    return "admitted";
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { code, detail, retryAfterSeconds, headers } = error.problem;
    return { code, detail, retryAfterSeconds, policy: headers?.["ratelimit-policy"], left: headers?.["ratelimit"] };
  }
}

/** Admits calls up to the quota of a limit, each by an admission of its own, as each call has one. */
async function exhaust(process: ReturnType<typeof createProcess>, kind: LimitedCaller["kind"], { times, license }: { readonly times: number; readonly license?: string }): Promise<void> {
  for (let call = 0; call < times; call += 1) await process(kind).admit(license);
}

describe("a call", () => {
  test.each([
    ["license", callLimits.license],
    ["holder", callLimits.holder],
    ["principal", callLimits.principal],
  ] as const)("by a %s is admitted up to its quota, and then refused with the limit, the time to wait and what is left", async (kind, limit) => {
    const process = createProcess();
    await exhaust(process, kind, { times: limit.quota });
    expect(await refusalOf(() => process(kind).admit())).toEqual({
      code: "rate-limited",
      detail: `At most ${limit.quota} calls in ${limit.windowSeconds} seconds for this ${limit.name}.`,
      retryAfterSeconds: limit.windowSeconds,
      policy: `"${limit.name}";q=${limit.quota};w=${limit.windowSeconds}`,
      left: `"${limit.name}";r=0;t=${limit.windowSeconds}`,
    });
    expect(await refusalOf(() => process(kind, "somebody else").admit())).toBe("admitted");
  });

  test("for a license counts against that license and its caller, and is refused if either is used up", async () => {
    const process = createProcess();
    const admission = process("holder");
    await admission.admit("the license");
    expect(await admission.headers()).toEqual({
      "ratelimit-policy": `"license";q=${callLimits.license.quota};w=10, "holder";q=${callLimits.holder.quota};w=10`,
      ratelimit: `"holder";r=${callLimits.holder.quota - 1};t=10`,
    });
    await exhaust(process, "principal", { times: callLimits.license.quota, license: "a busy license" });
    expect(await refusalOf(() => process("holder", "another").admit("a busy license"))).toMatchObject({ code: "rate-limited", detail: expect.stringContaining("for this license") as string });
    expect(await refusalOf(() => process("holder", "another").admit("a quiet license"))).toBe("admitted");
  });

  test("by a license's own key counts once, not also against the license that it names", async () => {
    const admission = createProcess()("license");
    await admission.admit("the license");
    expect(await admission.headers()).toEqual({ "ratelimit-policy": `"license";q=${callLimits.license.quota};w=10`, ratelimit: `"license";r=${callLimits.license.quota - 1};t=10` });
  });

  test("counts once, however often it asks; one that never asks counts nothing and reports nothing", async () => {
    const process = createProcess();
    const admission = process("holder");
    expect(await admission.headers()).toEqual({});
    await Promise.all([admission.admit(), admission.admit("the license")]);
    await admission.admit();
    const { ratelimit } = await admission.headers();
    expect(ratelimit).toBe(`"holder";r=${callLimits.holder.quota - 1};t=10`);
  });
});

describe("changes", () => {
  test("by a license's own key have a limit of their own; those by others have none", () => {
    const process = createProcess();
    expect(process("license").changes).toBeDefined();
    expect(process("holder").changes).toBeUndefined();
    expect(process("principal").changes).toBeUndefined();
  });

  test("are admitted up to their quota, by what this process has counted, and then refused", async () => {
    const process = createProcess();
    const { quota, windowSeconds } = callLimits.changes;
    for (let change = 0; change < quota; change += 1) {
      const { changes } = process("license");
      expect(await refusalOf(() => changes?.admit())).toBe("admitted");
      await changes?.count();
    }
    expect(await refusalOf(() => process("license").changes?.admit())).toEqual({
      code: "rate-limited",
      detail: `At most ${quota} changes in ${windowSeconds} seconds for this license.`,
      retryAfterSeconds: windowSeconds,
      policy: `"license-changes";q=${quota};w=${windowSeconds}`,
      left: `"license-changes";r=0;t=${windowSeconds}`,
    });
    expect(await refusalOf(() => process("license", "another key").changes?.admit())).toBe("admitted");
    expect(await refusalOf(() => process("license").admit())).toBe("admitted");
  });
});
