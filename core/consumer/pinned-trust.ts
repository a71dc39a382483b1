import { isLater } from "../base/soon.ts";
import { faultsOf } from "../keyring/key-fault.ts";
import { rawsOfPem } from "../keyring/pem.ts";
import { trustedRing } from "../keyring/ring.ts";
import type { Engine } from "./engine.ts";
import { refuseOthers } from "./options.ts";
import type { PinnedTrust, Trusted, TrustState } from "./trust.ts";

/** Throws KeyFault if the PEM can't be read, TypeError for an option that there isn't. */
export function createPinnedTrust<Key extends { readonly kid: string }>(
  { publicKeys, deniedKids: denied, ...others }: PinnedTrust,
  { keysOf }: Pick<Engine<Key>, "keysOf">,
): TrustState<Key> {
  refuseOthers(others);
  const deniedKids = new Set(denied);
  let trusted: Trusted<Key> | undefined;
  const settle = (keys: readonly Key[]): void => {
    trusted = { ring: trustedRing(keys), deniedKids };
  };
  const keys = keysOf(faultsOf("trust.publicKeys", () => rawsOfPem(String(publicKeys))));
  const ready = isLater(keys) ? keys.then(settle) : settle(keys);
  const refresh = async (): Promise<void> => ready;
  return { current: () => trusted, refresh, refreshForUnknownKid: refresh, close: () => undefined };
}
