import { afterAll, onTestFinished, TestRunner } from "vitest";

/** Runs `cleanup` after the test that asked for it, or after the file if it was asked outside of tests; the last asked is the first run. */
export function whenDone(cleanup: () => unknown): void {
  const run = async (): Promise<void> => void (await cleanup());
  if (TestRunner.getCurrentTest() === undefined) afterAll(run);
  else onTestFinished(run);
}
