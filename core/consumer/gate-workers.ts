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
