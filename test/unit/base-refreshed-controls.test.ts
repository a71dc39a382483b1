import { describe, expect, test } from "vitest";
import { moduleWithout } from "./module-without.ts";
import { createWorld, guarantees, type Make } from "./refreshed-guarantees.ts";

/** Each scenario has another outcome without the code that it names. */
describe("a refreshed value without its mechanism breaks the guarantee:", () => {
  test.each(guarantees)("(control) $name", async ({ story, promised, without, spans }) => {
    const changed = (await moduleWithout("base/refreshed.ts", [{ file: "base/refreshed.ts", ...without }])) as { refreshed: Make };
    const told = await Promise.race([story(createWorld(changed.refreshed, spans)), stuck()]);
    expect(told).not.toEqual(promised);
  });
});

/** The outcome of a scenario that waits for a load that never settles. */
async function stuck(): Promise<readonly unknown[]> {
  for (let turn = 0; turn < 500; turn += 1) await Promise.resolve();
  return ["stuck"];
}
