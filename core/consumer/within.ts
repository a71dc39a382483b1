/**
 * The answer of `work`, or a rejection after `timeoutMs`, when `abort` is given the signal to end it: work that doesn't
 * listen is left alone, not waited for.
 */
export async function withinMs<Value>(timeoutMs: number, abort: AbortController, work: () => Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    abort.signal.addEventListener("abort", () => reject(abort.signal.reason));
    timer = setTimeout(() => abort.abort(), timeoutMs);
  });
  try {
    // In a promise of its own: were `work` to throw at once, nobody would hear the rejection that may follow.
    return await Promise.race([late, (async () => work())()]);
  } finally {
    clearTimeout(timer);
  }
}
