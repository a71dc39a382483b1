/**
 * Key material that can't be used. The message names the fault and where it is (`block 2: …`), never the material
 * and never the variable, which only the caller knows: safe to log.
 */
export class KeyFault extends Error {
  override readonly name = "KeyFault";
}

/** Runs `parse`; a KeyFault from it then says where that was: in which block, in which option. */
export function faultsOf<Result>(where: string, parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (error instanceof KeyFault) throw new KeyFault(`${where}: ${error.message}`);
    throw error;
  }
}
