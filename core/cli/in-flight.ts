/** How many calls of a bulk command are under way at once. */
const inFlightMax = 6;

/** Does the work for each item, several at once, beginning in their order. Rejects with the first failure, when the others are done. */
export async function inFlight<Item>(items: Iterable<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let isBroken = false;
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true && !isBroken; next = iterator.next()) {
      await work(next.value).catch((error: unknown) => {
        isBroken = true;
        throw error;
      });
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: inFlightMax }, worker));
  const failed = outcomes.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}
