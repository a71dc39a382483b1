import { describeError } from "../platform/describe-error.ts";
import type { Runtime } from "../platform/runtime.ts";
import { factsOf } from "./check-keys.ts";
import { readKeyTable } from "./key-table.store.ts";
import type { KeyCheck } from "./key-table.store.ts";
import type { SigningKey } from "./signing-key.ts";
import type { KeyFacts } from "./rotation.ts";
import { rereadSigningKeys } from "./signing-keys.store.ts";

/** Every key and the last check, as they are; takes no step. Throws DatabaseError. */
export async function listKeys(runtime: Runtime): Promise<{ readonly keys: readonly KeyFacts[]; readonly check: KeyCheck | undefined }> {
  const [{ keys, check }, secret] = await Promise.all([readKeyTable(runtime), secretOrNothing(runtime)]);
  return { keys: factsOf(keys, secret), check };
}

/** PEMs that can't be read are a finding of the check, not a reason to hide the table. */
async function secretOrNothing(runtime: Runtime): Promise<ReadonlyMap<string, SigningKey>> {
  try {
    return await rereadSigningKeys(runtime);
  } catch (error) {
    runtime.log.write("warn", "Signing keys could not be read", { error: describeError(error) });
    return new Map();
  }
}
