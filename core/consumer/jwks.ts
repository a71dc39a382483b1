import { refreshed } from "../base/refreshed.ts";
import { parseJwks } from "../keyring/jwks.ts";
import { trustedRing } from "../keyring/ring.ts";
import { refuseOthers, within } from "./options.ts";
import { causeAt, requestText, requireUrl, type Fetch } from "./request.ts";
import { SourceError } from "./source.ts";
import type { LoadedTrust, Trusted, TrustState, TrustWork } from "./trust.ts";
import { withinMs } from "./within.ts";

export type JwksOptions = {
  /** Where the service publishes its keys as a JWK Set (RFC 7517). */
  readonly url: string | URL;
  /** RFC 7638 thumbprints that must not be believed any more, whatever the set says. */
  readonly deniedKids?: readonly string[] | undefined;
  /** Believe only these of the published keys. */
  readonly pinnedKids?: readonly string[] | undefined;
  /** How old the set may get before it is loaded again; 60 unless told. A key that is withdrawn is believed no longer than this and one refresh. */
  readonly refreshSeconds?: number | undefined;
  /** After a load, for an unknown key or one that failed, nothing is loaded for so long; 30 unless told. */
  readonly cooldownSeconds?: number | undefined;
  /** For how long a set that can't be loaded again may still be used; a day unless told. */
  readonly staleIfErrorSeconds?: number | undefined;
  /** 1000 unless told. */
  readonly timeoutMs?: number | undefined;
  readonly fetch?: Fetch | undefined;
};

const bytesMax = 65_536;

/** Trust in the keys that the service publishes: follows a rotation by itself. Throws TypeError or RangeError for options that can't be meant. */
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

/** The published keys, kept: loaded when due, by one request at a time where requests can share one, and still used for a while when they can't be loaded. */
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

/** The old object if the new one says the same, so that nobody looks again in vain. */
function changed<Key>(before: Trusted<Key> | undefined, after: Trusted<Key>): Trusted<Key> {
  const same = before !== undefined && before.ring.size === after.ring.size && [...after.ring.keys()].every((kid) => before.ring.has(kid));
  return same ? before : after;
}
