import { faultsOf } from "./key-fault.ts";
import { decodePem } from "./pem.ts";
import { rawOfSpki } from "./public-key.ts";

/** The 32 bytes of each key in one or more SPKI PEM blocks, checked, in their order. Throws KeyFault naming the block. */
export function rawsOfPem(pem: string): readonly Uint8Array[] {
  return decodePem(pem, "PUBLIC KEY").map((der, index) => faultsOf(`block ${index + 1}`, () => rawOfSpki(der)));
}
