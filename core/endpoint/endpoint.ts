import type { Contract } from "./contract.ts";
import { endpointWith } from "./edge.ts";
import type { Handle, Handler } from "./edge.ts";
import * as later from "./later.ts";

/** The edge of every function but `licenses/validate`: all its parts are loaded when the function starts. */
export function endpoint<const C extends Contract>(contract: C, run: Handle<C>): Handler {
  return endpointWith({ load: () => later, contract, run });
}
