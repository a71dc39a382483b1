import { cryptoNode, seatDigest } from "../certificate/crypto-node.ts";
import { verifyKeysOf, type VerifyKey } from "../keyring/verify-key.ts";
import { parseSecret } from "../keyring/secret.ts";
import type { Engine } from "./engine.ts";

/** The engine by `node:crypto`. */
export const engineNode: Engine<VerifyKey> = { cryptography: cryptoNode, keysOf: verifyKeysOf, parseSecret, seatDigest };
