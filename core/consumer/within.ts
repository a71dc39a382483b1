/**
 * The answer of `work`, or a rejection after `timeoutMs`, when `abort` is given the signal to end it: work that doesn't
 * listen is left alone, not waited for.
 */
export async function withinMs<Value>(timeoutMs: number, abort: AbortController, work: () => Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const end = (): void => reject(new Error("late"));
    abort.signal.addEventListener("abort", end, { once: true });
    timer = setTimeout(() => abort.abort(), timeoutMs);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
