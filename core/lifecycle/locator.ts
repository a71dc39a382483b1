import type { Caller } from "../access/actor.ts";
import type { Runtime } from "../platform/runtime.ts";
import { digestKey, parseKey } from "../access/license-key.ts";
import type { Locator } from "./snapshot.sql.ts";

type Named = { readonly licenseId?: string | undefined; readonly key?: string | undefined };

/**
 * The license that a body names: by id, by key, or, for an application with a license key, by naming none. `none`: a key that no
 * license can have. Undefined: no license is named.
 */
export function licenseLocator(runtime: Runtime, named: Named, caller: Pick<Caller, "actor"> | undefined): Locator | "none" | undefined {
  if (named.licenseId !== undefined) return { by: "id", named: named.licenseId };
  if (named.key !== undefined) {
    const parsed = parseKey(named.key);
    return "normalized" in parsed ? { by: "key", named: digestKey(runtime, parsed.normalized) } : "none";
  }
  return caller?.actor.type === "license" ? { by: "id", named: caller.actor.id } : undefined;
}
