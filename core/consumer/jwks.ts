import { refreshed } from "../base/refreshed.ts";
import { parseJwks } from "../keyring/jwks.ts";
import { trustedRing } from "../keyring/ring.ts";
import { refuseOthers, within } from "./options.ts";
import { requestText, requireUrl, type Fetch } from "./request.ts";
import { causeAt, SourceError } from "./source.ts";
import type { LoadedTrust, Trusted, TrustState, TrustWork } from "./trust.ts";
import { withinMs } from "./within.ts";

export type JwksOptions = {
  /** The address of the service's JWK Set (RFC 7517). */
  readonly url: string | URL;
  /** RFC 7638 thumbprints of keys that are denied even if the set holds them. */
  readonly deniedKids?: readonly string[] | undefined;
  /** Trust only these of the published keys. */
  readonly pinnedKids?: readonly string[] | undefined;
  /** The set's age at which it is loaded again; 60 by default. A withdrawn key is trusted for no longer than this and one refresh. */
  readonly refreshSeconds?: number | undefined;
  /** The pause after a load for an unknown key, and after a failed load; 30 by default. */
  readonly cooldownSeconds?: number | undefined;
  /** How long a set may be used if it can't be loaded again; a day by default. */
  readonly staleIfErrorSeconds?: number | undefined;
  /** 1000 by default. */
  readonly timeoutMs?: number | undefined;
  readonly fetch?: Fetch | undefined;
};

const bytesMax = 65_536;

/**
 * Trusts the keys that the service publishes, and so follows a rotation by itself. Throws TypeError or RangeError for unusable
 * options.
 */
export function jwksTrust(options: JwksOptions): LoadedTrust {
  const {
    url, deniedKids, pinnedKids, fetch,
    refreshSeconds = 60,
    cooldownSeconds = 30,
    staleIfErrorSeconds = 86_400,
    timeoutMs = 1_000,
    ...others
  } = Object(options) as JwksOptions;
  requireUrl(url);
  refuseOthers(others);
  const settings = {
    url: String(url),
    refreshMs: within("refreshSeconds", refreshSeconds, [0.1, 86_400]) * 1000,
    cooldownMs: within("cooldownSeconds", cooldownSeconds, [0, 86_400]) * 1000,
    staleIfErrorMs: within("staleIfErrorSeconds", staleIfErrorSeconds, [0, 31_536_000]) * 1000,
    timeoutMs: within("timeoutMs", timeoutMs, [1, 30_000]),
    deniedKids: new Set(deniedKids),
    pinnedKids: pinnedKids === undefined ? undefined : new Set(pinnedKids),
    fetch,
  };
  return { open: (by) => loadedTrust(settings, by) };
}

type Settings = {
  readonly url: string;
  readonly refreshMs: number;
  readonly cooldownMs: number;
  readonly staleIfErrorMs: number;
  readonly timeoutMs: number;
  readonly deniedKids: ReadonlySet<string>;
  /** Undefined: every published key. */
  readonly pinnedKids: ReadonlySet<string> | undefined;
  readonly fetch: Fetch | undefined;
};

/**
 * The published keys. They are loaded when due, by one request at a time where requests can share one, and stay in use for a
 * while if they can't be loaded.
 */
function loadedTrust<Key extends { readonly kid: string }>(
  { url, refreshMs, cooldownMs, staleIfErrorMs, timeoutMs, deniedKids, pinnedKids, fetch }: Settings,
  { keysOf, isShared, onDown }: TrustWork<Key>,
): TrustState<Key> {
  let abort: AbortController | undefined;
  let cause: string | undefined;

  const load = async (before: Trusted<Key> | undefined): Promise<Trusted<Key>> => {
    abort = new AbortController();
    const { signal } = abort;
    try {
      const { status, text } = await withinMs(timeoutMs, abort, () =>
        requestText({ url, headers: { accept: "application/json" } }, { signal, bytesMax, fetch }),
      );
      if (status !== 200) throw new SourceError("UNREACHABLE", { cause: causeAt(url, `answered ${status}`) });
      const { keys } = await parseJwks(JSON.parse(text), keysOf);
      return changed(before, { ring: trustedRing(keys.filter(({ kid }) => pinnedKids?.has(kid) !== false)), deniedKids });
    } catch (error) {
      const said = error instanceof SourceError ? error.fault.cause : undefined;
      cause = `key set of ${said ?? causeAt(url, "no key set")}`;
      if (!published.isFailing()) onDown(cause);
      throw error;
    }
  };
  const staleMs = Math.max(refreshMs, staleIfErrorMs);
  const published = refreshed(load, { freshMs: refreshMs, staleMs, retryMs: cooldownMs, cooldownMs, isShared });
  const done = (): void => undefined;

  return {
    current: published.known,
    refresh: async (nowMs) => published.get(nowMs).then(done, done),
    refreshForUnknownKid: async (nowMs) => published.get(nowMs, () => false).then(done, done),
    cause: () => cause,
    close: () => {
      if (isShared) abort?.abort();
    },
  };
}

/** Returns the old object if the keys are the same, so that certificates aren't verified again needlessly. */
function changed<Key>(before: Trusted<Key> | undefined, after: Trusted<Key>): Trusted<Key> {
  const same = before !== undefined && before.ring.size === after.ring.size && [...after.ring.keys()].every((kid) => before.ring.has(kid));
  return same ? before : after;
}
