import { ioOfPlatform, type Io, type Lifetime } from "./lifetime.ts";
import type { Source } from "./source.ts";
import type { Trust } from "./trust.ts";

/** What to do while nothing that can be believed answers: let through, refuse, or let through for a time. */
export type OnUnknown = "allow" | "deny" | { readonly graceSeconds: number };

/** `console` fits. Called when something begins to go wrong, not each time it does; never with a secret in it. */
export type Logger = { readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void };

export type GateOptions = {
  readonly source: Source;
  readonly trust: Trust;
  /** Whom certificates are for: the service's `APP_ENV_LICENSING_CERT_AUDIENCE`. */
  readonly audience: string;
  /** Who issues them; any issuer whose key is trusted unless told. */
  readonly issuer?: string | undefined;
  /** 32 bytes in base64 or hex. Needed unless the source has license files. */
  readonly applicationSecret?: string | { readonly current: string; readonly previous?: string | undefined } | undefined;
  /** A license in use is read again so often; 5 unless told. */
  readonly refreshSeconds?: number | undefined;
  /** A license that was not read for so long is read before it is decided about; 60 unless told. */
  readonly staleSeconds?: number | undefined;
  /** How long a reading may take; 1000 unless told. */
  readonly timeoutMs?: number | undefined;
  /** `allow` unless told. */
  readonly onUnknown?: OnUnknown | undefined;
  /** How far ahead of this clock the issuer's may be; 60 unless told. Never lengthens a certificate's life. */
  readonly skewSeconds?: number | undefined;
  /** Licenses kept that have a certificate; 10,000 unless told. */
  readonly licensesMax?: number | undefined;
  /** Licenses kept that have none; 1,000 unless told. */
  readonly missesMax?: number | undefined;
  readonly logger?: Logger | undefined;
  /** Keeps a refresh alive after the request that began it; found where the platform has one. */
  readonly waitUntil?: Lifetime["waitUntil"] | undefined;
  /** Whether requests may share connections and promises (`process`), or each has its own (`request`); the platform's unless told. */
  readonly io?: Io | undefined;
  /** Milliseconds since the epoch; the machine's clock unless told. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds that only grow; the machine's monotonic clock unless told, or nothing when only `now` is told. */
  readonly elapsed?: (() => number) | undefined;
};

export type Settings = {
  readonly refreshMs: number;
  readonly staleMs: number;
  readonly timeoutMs: number;
  readonly skewMs: number;
  readonly licensesMax: number;
  readonly missesMax: number;
  readonly onUnknown: OnUnknown;
  /** Whether requests may share connections, timers and promises. */
  readonly isShared: boolean;
  readonly now: () => number;
  readonly elapsed: () => number;
};

/** The options with their defaults. Throws RangeError or TypeError naming the option that can't be meant, or that there isn't. */
export function settingsOf(options: GateOptions): Settings {
  const {
    source, trust, audience, issuer, applicationSecret, logger, waitUntil,
    refreshSeconds = 5,
    staleSeconds = Math.max(60, refreshSeconds),
    timeoutMs = 1_000,
    skewSeconds = 60,
    licensesMax = 10_000,
    missesMax = 1_000,
    onUnknown = "allow",
    io = ioOfPlatform(),
    now = Date.now,
    elapsed = options.now === undefined ? () => performance.now() : () => 0,
    ...others
  } = options;
  refuseOthers(others);
  if (typeof Object(source).read !== "function") throw new TypeError("source: must be a source");
  requireText("audience", audience);
  if (waitUntil !== undefined && typeof waitUntil !== "function") throw new TypeError("waitUntil: must be a function");
  if (io !== "process" && io !== "request") throw new TypeError("io: process or request");
  if (typeof onUnknown === "object") within("onUnknown.graceSeconds", onUnknown.graceSeconds, [0, 31_536_000]);
  else if (onUnknown !== "allow" && onUnknown !== "deny") throw new TypeError("onUnknown: allow, deny or { graceSeconds }");
  return {
    refreshMs: within("refreshSeconds", refreshSeconds, [0.1, 3_600]) * 1000,
    staleMs: within("staleSeconds", staleSeconds, [refreshSeconds, 86_400]) * 1000,
    timeoutMs: within("timeoutMs", timeoutMs, [1, 30_000]),
    skewMs: within("skewSeconds", skewSeconds, [0, 600]) * 1000,
    licensesMax: within("licensesMax", licensesMax, [1, 1_000_000]),
    missesMax: within("missesMax", missesMax, [1, 1_000_000]),
    onUnknown,
    isShared: io === "process",
    now,
    elapsed,
  };
}

/** Throws TypeError naming an option that there isn't: a misspelt one would be left out without a word. */
export function refuseOthers(others: object): void {
  for (const name in others) throw new TypeError(`${name}: is no option`);
}

/** Throws TypeError naming the option, which is no text with something in it. */
export function requireText(name: string, value: unknown): void {
  if (typeof value !== "string" || value === "") throw new TypeError(`${name}: must be a text`);
}

/** Throws RangeError naming the option. */
export function within(name: string, value: number, [least, most]: readonly [least: number, most: number]): number {
  if (!(value >= least && value <= most)) throw new RangeError(`${name}: must be ${least} to ${most}`);
  return value;
}
