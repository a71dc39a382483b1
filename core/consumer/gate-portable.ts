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

export type { ActiveCode, Ask, Code, Decision, DeniedCode, License, RefusedCode } from "./decision.ts";
export type { Gate, Readiness } from "./engine.ts";
export type { Io, Lifetime } from "./lifetime.ts";
export type { GateOptions, Logger, OnUnknown } from "./options.ts";
export type { BodyReader, Fetch, FetchedResponse } from "./request.ts";
export type { Reading, Source, SourceCode, SourceFault } from "./source.ts";
export type { LoadedTrust, PinnedTrust, Trust, TrustState, TrustWork } from "./trust.ts";
export type { UnknownCode } from "./source.ts";
export { KeyFault } from "../keyring/key-fault.ts";
export { SourceError } from "./source.ts";
