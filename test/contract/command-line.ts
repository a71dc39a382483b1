import { expect } from "vitest";
import { run } from "@licensing/core/cli/run.ts";
import type { World } from "@licensing/core/cli/world.ts";

export type Ran = { readonly code: number; readonly out: string; readonly err: string; readonly json: never };

/** The command line in this process, without a terminal. `done` also checks that the command ends with 0. */
export function commandLine(environment: World["environment"]) {
  const licensing = async (words: readonly string[], more: Partial<World> = {}): Promise<Ran> => {
    let out = "";
    let err = "";
    const world: World = {
      environment, isTerminal: false, readInput: async () => "", now: () => new Date(), signal: new AbortController().signal,
      out: (text) => (out += text), err: (text) => (err += text), ...more,
    };
    const code = await run(words, world);
    return { code, out, err, get json() { return JSON.parse(out) as never; } };
  };
  const done = async (...words: readonly string[]): Promise<Ran> => {
    const ran = await licensing(words);
    expect([words.join(" "), ran.code, ran.err]).toEqual([words.join(" "), 0, expect.any(String)]);
    return ran;
  };
  return { licensing, done };
}
