import { describe, expect, test } from "vitest";
import { mutations } from "./mutations.ts";
import { render } from "./render/render.ts";
import { broken, rules } from "./rules/all.ts";

const msMax = 120_000;
const stage = "production";

describe.concurrent("a mistake in the deployment is noticed", () => {
  test.each(mutations.map((mutation) => [mutation.mistake, mutation] as const))("%s", async (_mistake, mutation) => {
    const reply = await render({ stage, ...mutation.options, changes: mutation.changes ?? [] });
    if (mutation.refused !== undefined) {
      expect("error" in reply ? reply.error : "deployed").toMatch(mutation.refused);
      return;
    }
    expect("error" in reply ? reply.error : broken(reply.graph)).toEqual(expect.arrayContaining([...(mutation.breaks ?? [])]));
  }, msMax * mutations.length);
});

test("every rule is seen to fail", () => {
  const seen = new Set(mutations.flatMap(({ breaks }) => breaks ?? []));
  expect(rules.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
});

test("every mistake names rules that exist", () => {
  const known = new Set(rules.map(({ name }) => name));
  expect(mutations.flatMap(({ breaks }) => breaks ?? []).filter((name) => !known.has(name))).toEqual([]);
});
