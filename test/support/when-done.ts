import { onTestFinished, TestRunner } from "vitest";

type Cleanup = () => unknown;

const ofFile: Cleanup[] = [];

/**
 * Runs `cleanup` after the calling test, or after the file if it is called outside of tests; the last one given runs first. A hook may
 * call it too: vitest would ignore an `afterAll` that a hook registers.
 */
export function whenDone(cleanup: Cleanup): void {
  if (TestRunner.getCurrentTest() === undefined) ofFile.push(cleanup);
  else onTestFinished(async () => void (await cleanup()));
}

/** Runs the cleanups that wait for the file's end, each in spite of others' failures. Throws what they threw. */
export async function cleanUpFile(): Promise<void> {
  const failures: unknown[] = [];
  for (const cleanup of ofFile.splice(0).toReversed()) {
    try {
      await cleanup();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, "cleanups failed");
}
