import { afterAll, onTestFinished, TestRunner } from "vitest";

/** Runs `cleanup` after the calling test, or after the file if it is called outside of tests; the last one given runs first. */
export function whenDone(cleanup: () => unknown): void {
  const run = async (): Promise<void> => void (await cleanup());
  if (TestRunner.getCurrentTest() === undefined) afterAll(run);
  else onTestFinished(run);
}
