import { ServiceError } from "../base/service-error.ts";

/**
 * Key material that can't be used. The message names the fault and its place (`block 2: …`). It never contains the material, nor
 * the name of the variable, which only the caller knows.
 */
export class KeyFault extends ServiceError {
  override readonly name = "KeyFault";
}

/** Runs `parse` and puts `where` (a block, an option) before the message of a KeyFault. */
export function faultsOf<Result>(where: string, parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (error instanceof KeyFault) throw new KeyFault(`${where}: ${error.message}`);
    throw error;
  }
}
