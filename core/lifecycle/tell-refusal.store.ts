import { describeError } from "../platform/describe-error.ts";
import type { License } from "../license/license.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import { enqueueNotices } from "../webhook/enqueue.store.ts";

/** Webhooks are told of a license's refusals at most once in this time. */
const everySeconds = 3_600;
/** How many licenses a process remembers that had a notice lately. When the memory is full, it is emptied. */
const rememberedMax = 10_000;

/**
 * Tells webhooks that a full license refused a machine a seat: `license.activation-refused`, at most once an hour for a license. A
 * process asks the database once an hour for a license, so a fleet that keeps trying costs nothing more. Never throws: the refusal is
 * answered in any case.
 */
export async function tellRefusal(runtime: Runtime, { id: licenseId, terms }: Pick<License, "id" | "terms">): Promise<void> {
  const told = once(runtime, createTold);
  const nowMs = runtime.now().getTime();
  const lastMs = told.get(licenseId);
  if (lastMs !== undefined && nowMs - lastMs < everySeconds * 1000) return;
  if (told.size >= rememberedMax) told.clear();
  told.set(licenseId, nowMs);
  try {
    await enqueueNotices(runtime, [{ type: "license.activation-refused", licenseId, data: { limit: terms.activationLimit } }], { everySeconds });
  } catch (error) {
    told.delete(licenseId);
    runtime.log.write("warn", "Failed to tell webhooks of a refused activation", { licenseId, error: describeError(error) });
  }
}

function createTold(): Map<string, number> {
  return new Map();
}
