import { isLater } from "../base/soon.ts";
import { madeOnce } from "./made-once.ts";
import { faultsOf } from "../keyring/key-fault.ts";
import { rawsOfPem } from "../keyring/pem.ts";
import { trustedRing } from "../keyring/ring.ts";
import type { Engine } from "./engine.ts";
import { refuseOthers } from "./options.ts";
import type { PinnedTrust, Trusted, TrustState } from "./trust.ts";

/** Throws KeyFault if the PEM can't be read, and TypeError for an unknown option. */
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
  const raws = faultsOf("trust.publicKeys", () => rawsOfPem(String(publicKeys)));
  const keys = madeOnce(() => keysOf(raws));
  const refresh = async (): Promise<void> => {
    if (trusted === undefined) settle(await keys());
  };
  const first = keys();
  if (!isLater(first)) settle(first);
  return { current: () => trusted, refresh, refreshForUnknownKid: refresh, close: () => undefined };
}
