import { describe, expect, test } from "vitest";
import { createProgressBar, progressLine } from "../../infra/local/terminal/progress-bar.ts";

const work = { done: 2_400, total: 10_000, ratePerSecond: 1_250, etaSeconds: 7 };

describe("the bar", () => {
  test("shows count, rate and remaining time in one line that fits the terminal", () => {
    const line = progressLine(work, { label: "Publishing", columns: 80 });
    expect(line).toBe(`Publishing ${"█".repeat(8)}${"░".repeat(24)}  2,400 of 10,000  1,250/s  7 s left`);
    for (const columns of [20, 40, 60, 80, 200]) expect(progressLine(work, { label: "Publishing", columns }).length).toBeLessThan(columns);
  });

  test("leaves the blocks out if there is no room for them", () => {
    expect(progressLine(work, { label: "Publishing", columns: 50 })).toBe("Publishing 2,400 of 10,000  1,250/s  7 s left");
  });

  test("shows a long remaining time in minutes or hours, and leaves out an unknown one", () => {
    const told = (etaSeconds: number | null) => progressLine({ ...work, etaSeconds }, { label: "x", columns: 200 }).split("/s  ")[1];
    expect([told(119), told(600), told(7_200), told(null)]).toEqual(["119 s left", "10 min left", "2 h left", ""]);
  });

  test("is drawn on a terminal at intervals and at its end, and is erased by clear", () => {
    const written: string[] = [];
    let nowMs = 0;
    const bar = createProgressBar({ isTTY: true, columns: 80, write: (text) => written.push(text) }, "Publishing", () => nowMs);
    bar.draw(work);
    bar.draw(work);
    expect(written).toHaveLength(1);
    nowMs = 100;
    bar.draw(work);
    bar.draw({ ...work, done: 10_000, etaSeconds: 0 });
    expect(written).toHaveLength(3);
    bar.clear();
    bar.clear();
    expect(written.slice(3)).toEqual(["\r\u001b[2K"]);
  });

  test("writes nothing without a terminal", () => {
    const written: string[] = [];
    const bar = createProgressBar({ write: (text) => written.push(text) }, "Publishing");
    bar.draw(work);
    bar.clear();
    expect(written).toEqual([]);
  });
});
