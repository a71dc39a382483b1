import { createGate } from "./create-gate.ts";
import { enginePortable } from "./engine-portable.ts";
import type { Gate } from "./engine.ts";
import type { GateOptions } from "./options.ts";

/**
 * Makes a gate, which decides about licenses by their certificates, in microseconds, without calling the service. For runtimes
 * without `node:crypto` or native Ed25519: verdicts are the same, and each costs some fifteen times as much. Throws KeyFault,
 * RangeError or TypeError for unusable options; the gate itself never throws.
 */
export function licenseGate(options: GateOptions): Gate {
  return createGate(options, enginePortable);
}

export type * from "./gate.ts";
export { KeyFault } from "../keyring/key-fault.ts";
export { SourceError } from "./source.ts";
