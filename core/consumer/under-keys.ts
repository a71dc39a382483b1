import type { Soon } from "../base/soon.ts";
import type { Refused } from "../certificate/verification.ts";
import type { Parts } from "./parts.ts";
import type { Trusted } from "./trust.ts";

/**
 * The verdict of `verify` under the trusted keys; undefined: there are none. If a text names an unknown key, the keys are loaded
 * again, unless that was just done, and the text is verified once more under other keys.
 */
export async function underKeys<Key extends { readonly kid: string }, Verdict extends { readonly ok: true } | Refused>(
  { trust, clock }: Pick<Parts<Key>, "trust" | "clock">,
  verify: (under: Trusted<Key>) => Soon<Verdict>,
): Promise<Verdict | undefined> {
  const under = trust.current(clock.read());
  if (under === undefined) return undefined;
  const verdict = await verify(under);
  if (verdict.ok || verdict.reason !== "key-unknown") return verdict;
  await trust.refreshForUnknownKid(clock.read());
  const fresher = trust.current(clock.read());
  return fresher === undefined || fresher === under ? verdict : verify(fresher);
}
