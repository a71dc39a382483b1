import type { World } from "./world.ts";

/** How many calls of a bulk command are under way at once. */
const inFlightMax = 6;

/** The number of items after which the progress is reported. */
const step = 100;

/**
 * Does the work for each item, several at once, beginning in their order. Says its progress on standard error, `300 of 1000 rows`. Rejects
 * with the first failure, when the others are done.
 */
export async function inFlight<Item>(items: readonly Item[], work: (item: Item) => Promise<void>, { world, noun }: { readonly world: World; readonly noun: string }): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let isBroken = false;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true && !isBroken; next = iterator.next()) {
      await work(next.value).catch((error: unknown) => {
        isBroken = true;
        throw error;
      });
      done += 1;
      if (done % step === 0 || done === items.length) world.err(`${done} of ${items.length} ${noun}\n`);
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: inFlightMax }, worker));
  const failed = outcomes.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}
