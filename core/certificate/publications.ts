import type { Committed } from "../lifecycle/committed.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { Publication, Standing } from "./publication.ts";

/**
 * Publishing, loaded when there is something to publish: keys, ciphers and Redis's client are a quarter of a function, and
 * most calls of a validation change nothing. In a bundle they are chunks of their own.
 */
export async function publish(committed: Committed, runtime: Runtime): Promise<Publication> {
  const loaded = await import("./publish.store.ts");
  return loaded.publish(committed, runtime);
}

/** The same in place of what Redis holds, for whoever asks for it. Never throws. */
export async function publishAgain(committed: Committed, runtime: Runtime): Promise<Publication> {
  const loaded = await import("./publish.store.ts");
  return loaded.publishAgain(committed, runtime);
}

/** How a change's certificate stands now: for answers that are given again. Never throws. */
export async function currentPublication(committed: Standing, runtime: Runtime): Promise<Publication> {
  const loaded = await import("./publish.store.ts");
  return loaded.currentPublication(committed, runtime);
}
