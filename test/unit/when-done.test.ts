import { afterAll, beforeAll, expect, test } from "vitest";
import { cleanUpFile, whenDone } from "../support/when-done.ts";

const done: string[] = [];
const cleanup = (name: string) => whenDone(() => done.push(name));

beforeAll(() => {
  cleanup("first of a hook");
  whenDone(() => Promise.reject(new Error("refused")));
  cleanup("last of a hook");
});

afterAll(async () => {
  await expect(cleanUpFile()).rejects.toThrow(expect.objectContaining({ errors: [new Error("refused")] }));
  expect(done).toEqual(["of a test", "last of a hook", "first of a hook"]);
});

test("what a test gives is cleaned up after it", () => cleanup("of a test"));

test("what a hook gives waits for the file's end, and is cleaned up in spite of another's failure", () => {
  expect(done).toEqual(["of a test"]);
});
