import { describe, expect, test } from "vitest";
import { accepted } from "@licensing/core/http/accept.ts";

const jose = "application/jose";
const file = "application/x-license-file";

describe("a type has the quality of the most specific range that covers it:", () => {
  test.each<[string, string]>([
    ["application/jose;q=0, */*", file],
    ["*/*, application/jose;q=0", file],
    ["application/jose;q=0.1, application/*", file],
    ["application/*;q=0.2, */*;q=0.9, application/x-license-file;q=0.3", file],
    ["application/*;q=0, */*, application/x-license-file;q=0.001", file],
    ["application/jose;q=0.5, application/jose, */*;q=0.7", jose],
    ["application/x-license-file;q=0.9, */*;q=0.8", file],
    ["application/x-license-file;q=0.5, */*;q=0.8", jose],
  ])("%s", (accept, type) => expect(accepted(accept, [jose, file])).toBe(type));
});

describe("between types of equal quality the server's first one is chosen:", () => {
  test.each(["*/*", "application/*", `${file}, ${jose}`, "text/html, */*;q=0.1"])("%s", (accept) => expect(accepted(accept, [jose, file])).toBe(jose));
  test("also without an Accept header", () => expect(accepted(undefined, [jose, file])).toBe(jose));
});

describe("if no type is acceptable the server's first one is sent:", () => {
  test.each(["", "text/plain", "*/*;q=0", `${jose};q=0, ${file};q=0`, "nonsense", ";q=,,"])("%j", (accept) => expect(accepted(accept, [jose, file])).toBe(jose));
});

test("a range with a malformed quality is ignored", () => {
  expect(accepted(`${jose};q=2, ${file};q=0.1`, [jose, file])).toBe(file);
  expect(accepted(`${file};q=9, */*`, [jose, file])).toBe(jose);
});

test("names and parameters may be in any case and beside other parameters", () => {
  expect(accepted("Application/X-License-File ; v=1 ; Q=0.9, application/jose;Q=0.1", [jose, file])).toBe(file);
});
