import type { Gate } from "@licensing/core/consumer/engine.ts";
import type { GateOptions } from "@licensing/core/consumer/options.ts";
import { moduleWithout, type Removal } from "./module-without.ts";

export type MakeGate = (options: GateOptions) => Gate;

/** The gate with a mechanism removed from its code, for controls that show that a test can fail. */
export async function gateWithout(removals: readonly Removal[]): Promise<MakeGate> {
  const { licenseGate } = (await moduleWithout("consumer/gate.ts", removals)) as { licenseGate: MakeGate };
  return licenseGate;
}
