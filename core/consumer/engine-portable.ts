import { cryptoPortable, seatDigestAsync } from "../certificate/crypto-portable.ts";
import { decodeSecret } from "../keyring/application-secret.ts";
import { keysOfAsync, parseSecretAsync, type PortableKey } from "../keyring/portable.ts";
import type { Engine } from "./engine.ts";

/** The engine by @noble/ed25519 and WebCrypto. */
export const enginePortable: Engine<PortableKey> = {
  cryptography: cryptoPortable,
  keysOf: keysOfAsync,
  parseSecret: (text) => {
    // Throws for a faulty text synchronously, before the first promise.
    decodeSecret(text);
    return parseSecretAsync(text);
  },
  seatDigest: seatDigestAsync,
};
