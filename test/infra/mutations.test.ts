import { describe, expect, test } from "vitest";
import { batchesOf } from "./batches.ts";
import { mutations } from "./mutations.ts";
import { render } from "./render/render.ts";
import { broken, rules } from "./rules/all.ts";
import { patient } from "../support/slowness.ts";

const batches = batchesOf(mutations, "production");
const msMax = patient(120_000 * batches.length);

describe.concurrent.each(batches.map((batch, index) => [index + 1, batch] as const))("mistakes in the deployment, batch %i:", (_number, batch) => {
  const rendered = () => render({ ...batch.options, changes: batch.mutations.flatMap(({ changes }) => changes ?? []) });

  test.each(batch.mutations.map((mutation) => [mutation.mistake, mutation] as const))("a rule or the deployment itself notices that %s", async (_mistake, mutation) => {
    const reply = await rendered();
    if (mutation.refused !== undefined) {
      expect("error" in reply ? reply.error : "deployed").toMatch(mutation.refused);
      return;
    }
    expect("error" in reply ? reply.error : broken(reply.graph)).toEqual(expect.arrayContaining([...(mutation.breaks ?? [])]));
  }, msMax);

  test.runIf(batch.mutations.every(({ refused }) => refused === undefined))("only the rules that the mistakes name are broken", async () => {
    const reply = await rendered();
    const expected = batch.mutations.flatMap(({ breaks }) => breaks ?? []);
    expect("error" in reply ? reply.error : [...broken(reply.graph)].sort()).toEqual(expected.sort());
  }, msMax);
});

test("every rule is broken by at least one mistake", () => {
  const seen = new Set(mutations.flatMap(({ breaks }) => breaks ?? []));
  expect(rules.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
});

test("every rule that a mistake names exists", () => {
  const known = new Set(rules.map(({ name }) => name));
  expect(mutations.flatMap(({ breaks }) => breaks ?? []).filter((name) => !known.has(name))).toEqual([]);
});
