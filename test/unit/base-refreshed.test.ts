import { describe, expect, test } from "vitest";
import { refreshed } from "@licensing/core/base/refreshed.ts";
import { createWorld, guarantees } from "./refreshed-guarantees.ts";

describe("a refreshed value", () => {
  test.each(guarantees)("$name", async ({ story, promised, spans }) => {
    expect(await story(createWorld(refreshed, spans))).toEqual(promised);
  });
});
