import * as workers from "cloudflare:workers";
import { createGate } from "./create-gate.ts";
import { enginePortable } from "./engine-portable.ts";
import type { Gate } from "./engine.ts";
import type { GateOptions } from "./options.ts";

/**
 * Makes the portable gate for Cloudflare's Workers, which have a `waitUntil` for the current request. Throws KeyFault, RangeError
 * or TypeError for unusable options; the gate itself never throws.
 */
export function licenseGate(options: GateOptions): Gate {
  return createGate(options, { ...enginePortable, waitUntil: workers.waitUntil });
}

export type * from "./gate.ts";
export { KeyFault } from "../keyring/key-fault.ts";
export { SourceError } from "./source.ts";
