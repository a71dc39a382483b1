import { isLater } from "../certificate/soon.ts";
import { rawsOfPem } from "../keyring/public-pem.ts";
import { trustedRing } from "../keyring/ring.ts";
import type { Engine } from "./engine.ts";
import type { PinnedTrust, Trusted, TrustState } from "./trust.ts";

/** Throws KeyFault if the PEM can't be read. */
export function createPinnedTrust<Key extends { readonly kid: string }>(
  trust: PinnedTrust,
  { keysOf }: Pick<Engine<Key>, "keysOf">,
): TrustState<Key> {
  const deniedKids = new Set(trust.deniedKids);
  let trusted: Trusted<Key> | undefined;
  const settle = (keys: readonly Key[]): void => {
    trusted = { ring: trustedRing(keys), deniedKids };
  };
  const keys = keysOf(rawsOfPem(String(trust.publicKeys)));
  const ready = isLater(keys) ? keys.then(settle) : settle(keys);
  const refresh = async (): Promise<void> => ready;
  return { current: () => trusted, refresh, refreshForUnknownKid: refresh, close: () => undefined };
}
