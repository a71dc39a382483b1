import { ioOfPlatform, type Io, type Lifetime } from "./lifetime.ts";
import type { Source } from "./source.ts";
import type { Trust } from "./trust.ts";

/** How to decide while there is no usable certificate: allow, deny, or allow for a time. */
export type OnUnknown = "allow" | "deny" | { readonly graceSeconds: number };

/** `console` fits. Called when a fault begins, not each time it occurs; never with a secret. */
export type Logger = { readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void };

export type GateOptions = {
  readonly source: Source;
  readonly trust: Trust;
  /** The audience of certificates: the service's `APP_ENV_LICENSING_CERT_AUDIENCE`. */
  readonly audience: string;
  /** The issuer of certificates; by default any issuer with a trusted key. */
  readonly issuer?: string | undefined;
  /** 32 bytes in base64 or hex. Required unless the source has license files. */
  readonly applicationSecret?: string | { readonly current: string; readonly previous?: string | undefined } | undefined;
  /** How often a license in use is read again; 5 by default. */
  readonly refreshSeconds?: number | undefined;
  /** A license that wasn't read for this long is read before the decision; 60 by default. */
  readonly staleSeconds?: number | undefined;
  /** How long a reading may take; 1000 by default. */
  readonly timeoutMs?: number | undefined;
  /** `allow` by default. */
  readonly onUnknown?: OnUnknown | undefined;
  /**
   * The age, by its `asOf`, at which the newest beacon is too old to permit anything: 180 or more; by default none is. Only for
   * sources that read Redis.
   */
  readonly beaconMaxSeconds?: number | undefined;
  /** How far the issuer's clock may be ahead; 60 by default. Never lengthens a certificate's life. */
  readonly skewSeconds?: number | undefined;
  /** The most licenses with a certificate that are kept; 10,000 by default. */
  readonly licensesMax?: number | undefined;
  /** The most licenses without a certificate that are kept; 1,000 by default. */
  readonly missesMax?: number | undefined;
  readonly logger?: Logger | undefined;
  /** Keeps a refresh alive after the request that began it; the platform's by default, if it has one. */
  readonly waitUntil?: Lifetime["waitUntil"] | undefined;
  /** Whether requests may share connections and promises (`process`), or each has its own (`request`); the platform's by default. */
  readonly io?: Io | undefined;
  /** Milliseconds since the epoch; the machine's clock by default. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds that only grow; the machine's monotonic clock by default, or none if only `now` is given. */
  readonly elapsed?: (() => number) | undefined;
};

export type Settings = {
  readonly refreshMs: number;
  readonly staleMs: number;
  readonly timeoutMs: number;
  /** Infinity: no beacon is too old. */
  readonly beaconMaxMs: number;
  readonly skewMs: number;
  readonly licensesMax: number;
  readonly missesMax: number;
  readonly onUnknown: OnUnknown;
  /** Whether requests may share connections, timers and promises. */
  readonly isShared: boolean;
  readonly now: () => number;
  readonly elapsed: () => number;
};

/** The options with their defaults. Throws RangeError or TypeError, which names an unusable or unknown option. */
export function settingsOf(options: GateOptions): Settings {
  const {
    source, trust, audience, issuer, applicationSecret, logger, waitUntil,
    refreshSeconds = 5,
    staleSeconds = Math.max(60, refreshSeconds),
    timeoutMs = 1_000,
    beaconMaxSeconds,
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
  requireThat(typeof Object(source).read === "function", "source: must be a source");
  requireText("audience", audience);
  requireThat(waitUntil === undefined || typeof waitUntil === "function", "waitUntil: must be a function");
  requireThat(beaconMaxSeconds === undefined || source.hasBeacon === true, "beaconMaxSeconds: this source has no beacon");
  requireThat(io === "process" || io === "request", "io: process or request");
  if (typeof onUnknown === "object") within("onUnknown.graceSeconds", onUnknown.graceSeconds, [0, 31_536_000]);
  else requireThat(onUnknown === "allow" || onUnknown === "deny", "onUnknown: allow, deny or { graceSeconds }");
  return {
    refreshMs: within("refreshSeconds", refreshSeconds, [0.1, 3_600]) * 1000,
    staleMs: within("staleSeconds", staleSeconds, [refreshSeconds, 86_400]) * 1000,
    timeoutMs: within("timeoutMs", timeoutMs, [1, 30_000]),
    beaconMaxMs: beaconMaxSeconds === undefined ? Infinity : within("beaconMaxSeconds", beaconMaxSeconds, [180, 86_400]) * 1000,
    skewMs: within("skewSeconds", skewSeconds, [0, 600]) * 1000,
    licensesMax: within("licensesMax", licensesMax, [1, 1_000_000]),
    missesMax: within("missesMax", missesMax, [1, 1_000_000]),
    onUnknown,
    isShared: io === "process",
    now,
    elapsed,
  };
}

/** Throws TypeError with `problem`, which names an option, unless the option `isUsable`. */
export function requireThat(isUsable: boolean, problem: string): asserts isUsable {
  if (!isUsable) throw new TypeError(problem);
}

/** Throws TypeError, which names an unknown option: a misspelled one would be ignored silently. */
export function refuseOthers(others: object): void {
  for (const name in others) throw new TypeError(`${name}: isn't an option`);
}

/** Throws TypeError, which names the option, unless its value is a nonempty text. */
export function requireText(name: string, value: unknown): void {
  requireThat(typeof value === "string" && value !== "", `${name}: must be a text, and not empty`);
}

/** Returns the value. Throws RangeError, which names the option, if it is out of bounds. */
export function within(name: string, value: number, [least, most]: readonly [least: number, most: number]): number {
  if (!(value >= least && value <= most)) throw new RangeError(`${name}: must be ${least} to ${most}`);
  return value;
}
