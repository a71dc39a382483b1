/**
 * Key material that can't be used. The message names the fault and where it is (`block 2: …`), never the material
 * and never the variable, which only the caller knows: safe to log.
 */
export class KeyFault extends Error {
  override readonly name = "KeyFault";
}
