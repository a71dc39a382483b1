import { trustedRing } from "../keyring/ring.ts";
import type { Engine } from "./engine.ts";
import { requestText } from "./request.ts";
import type { JwksTrust, Trusted, TrustState } from "./trust.ts";
import { withinMs } from "./within.ts";

const bytesMax = 65_536;

export type JwksTrustOptions<Key extends { readonly kid: string }> = {
  readonly engine: Pick<Engine<Key>, "parseJwks">;
  readonly now: () => number;
  /** Called when the set can't be loaded that could be before. */
  readonly onDown: () => void;
};

/**
 * The published keys, kept: loaded when due, by one request at a time, and still used for a while when they can't be
 * loaded. `now` is the gate's clock, which doesn't go back.
 */
export function createJwksTrust<Key extends { readonly kid: string }>(
  trust: JwksTrust,
  { engine, now, onDown }: JwksTrustOptions<Key>,
): TrustState<Key> {
  const refreshMs = (trust.refreshSeconds ?? 60) * 1000;
  const cooldownMs = (trust.cooldownSeconds ?? 30) * 1000;
  const staleIfErrorMs = (trust.staleIfErrorSeconds ?? 86_400) * 1000;
  const timeoutMs = trust.timeoutMs ?? 1_000;
  const deniedKids = new Set(trust.deniedKids);
  const pinnedKids = trust.pinnedKids === undefined ? undefined : new Set(trust.pinnedKids);
  let trusted: Trusted<Key> | undefined;
  let loadedAtMs = -Infinity;
  let attemptedAtMs = -Infinity;
  let failing = false;
  let flight: Promise<void> | undefined;
  let abort: AbortController | undefined;

  const load = async (): Promise<void> => {
    const startedAtMs = now();
    attemptedAtMs = startedAtMs;
    abort = new AbortController();
    const { signal } = abort;
    try {
      const { status, text } = await withinMs(timeoutMs, abort, () =>
        requestText({ url: String(trust.jwks), headers: { accept: "application/json" } }, { signal, bytesMax, fetch: trust.fetch }),
      );
      if (status !== 200) throw new Error(`status ${status}`);
      const { keys } = await engine.parseJwks(JSON.parse(text));
      trusted = changed(trusted, { ring: trustedRing(keys.filter(({ kid }) => pinnedKids?.has(kid) !== false)), deniedKids });
      loadedAtMs = startedAtMs;
      failing = false;
    } catch {
      if (!failing) onDown();
      failing = true;
    }
  };
  const loadOnce = (): Promise<void> => {
    flight ??= load().finally(() => {
      flight = undefined;
    });
    return flight;
  };
  const cooledDown = (nowMs: number): boolean => nowMs >= attemptedAtMs + cooldownMs;

  return {
    current: (nowMs) => (nowMs < loadedAtMs + Math.max(refreshMs, staleIfErrorMs) ? trusted : undefined),
    refresh: async (nowMs) => {
      const due = nowMs >= loadedAtMs + refreshMs;
      const failedJustNow = attemptedAtMs > loadedAtMs && !cooledDown(nowMs);
      if (flight !== undefined || (due && !failedJustNow)) await loadOnce();
    },
    refreshForUnknownKid: async (nowMs) => {
      if (flight !== undefined || cooledDown(nowMs)) await loadOnce();
    },
    close: () => abort?.abort(),
  };
}

/** The old object if the new one says the same, so that nobody looks again in vain. */
function changed<Key>(before: Trusted<Key> | undefined, after: Trusted<Key>): Trusted<Key> {
  const same = before !== undefined && before.ring.size === after.ring.size && [...after.ring.keys()].every((kid) => before.ring.has(kid));
  return same ? before : after;
}
