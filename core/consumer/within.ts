/**
 * The result of `work`, or a rejection after `timeoutMs`; then `abort` signals `work` to end. Work that ignores the signal isn't
 * waited for.
 */
export async function withinMs<Value>(timeoutMs: number, abort: AbortController, work: () => Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    abort.signal.addEventListener("abort", () => reject(abort.signal.reason));
    timer = setTimeout(() => abort.abort(), timeoutMs);
  });
  try {
    // Wrapped in a promise: if `work` threw synchronously, the rejection that may follow would be unhandled.
    return await Promise.race([late, (async () => work())()]);
  } finally {
    clearTimeout(timer);
  }
}
