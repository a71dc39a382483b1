import { allSoon, andThen, type Soon } from "../base/soon.ts";
import { madeOnce } from "./made-once.ts";
import { certificateProfile, licenseFileProfile, type Profile } from "../certificate/envelope.ts";
import type { Secrets } from "../certificate/verification.ts";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import { faultsOf } from "../keyring/key-fault.ts";
import { createBreaker, type Breaker } from "./breaker.ts";
import { createCurrency, type Currency } from "./currency.ts";
import type { Engine } from "./engine.ts";
import { createEntries, type Entries } from "./entries.ts";
import { createGateClock, type GateClock } from "./gate-clock.ts";
import { requireThat, settingsOf, type GateOptions, type Settings } from "./options.ts";
import { createPinnedTrust } from "./pinned-trust.ts";
import { createReport, type Report } from "./report.ts";
import type { TrustState } from "./trust.ts";

/** The parts of a gate. */
export type Parts<Key extends { readonly kid: string }> = {
  readonly options: GateOptions;
  readonly settings: Settings;
  readonly engine: Engine<Key>;
  readonly clock: GateClock;
  readonly trust: TrustState<Key>;
  /** The type of the texts that the source returns. */
  readonly profile: Profile;
  readonly secrets: () => Soon<Secrets<ApplicationSecret>>;
  readonly breaker: Breaker;
  readonly entries: Entries;
  readonly currency: Currency;
  readonly report: Report;
  readonly counts: { reads: number; verifications: number };
  /** Since when the source fails for every license, or no keys are known; undefined: neither. Of the gate's clock. */
  outageSinceMs: number | undefined;
  closed: boolean;
};

/** Throws KeyFault, RangeError or TypeError for unusable options. */
export function partsOf<Key extends { readonly kid: string }>(options: GateOptions, engine: Engine<Key>): Parts<Key> {
  const settings = settingsOf(options);
  const clock = createGateClock(settings);
  const report = createReport(options.logger, () => parts.closed);
  const { isShared } = settings;
  const { trust } = options;
  // Not `in` on the value itself: for a text, that would throw with the text in its message.
  const given: object = Object(trust);
  requireThat("open" in given || "publicKeys" in given, "trust: must be { publicKeys } or jwksTrust()");
  const keys =
    "open" in trust
      ? trust.open({ keysOf: engine.keysOf, now: clock.read, isShared, onDown: (cause) => report.warn({ code: "KEYS_UNREACHABLE", cause }) })
      : createPinnedTrust(trust, engine);
  const patienceMs = 4 * settings.timeoutMs;
  const parts: Parts<Key> = {
    options,
    settings,
    engine,
    clock,
    trust: keys,
    profile: options.source.format === "license-file" ? licenseFileProfile : certificateProfile,
    secrets: madeOnce(() => secretsOf(options, engine)),
    breaker: createBreaker({ windowMs: settings.refreshMs, patienceMs, isShared, now: clock.read }),
    entries: createEntries(settings),
    currency: createCurrency(),
    report,
    counts: { reads: 0, verifications: 0 },
    outageSinceMs: undefined,
    closed: false,
  };
  return parts;
}

function secretsOf<Key extends { readonly kid: string }>(
  { source, applicationSecret }: GateOptions,
  engine: Engine<Key>,
): Soon<Secrets<ApplicationSecret>> {
  if (source.format === "license-file") return new Map();
  requireThat(applicationSecret !== undefined, "applicationSecret: is needed");
  const texts = typeof applicationSecret === "string" ? [applicationSecret] : [applicationSecret.current, applicationSecret.previous];
  const secrets = faultsOf("applicationSecret", () => allSoon(texts.filter((text) => text !== undefined).map(engine.parseSecret)));
  return andThen(secrets, byId);
}

function byId(secrets: readonly ApplicationSecret[]): Secrets<ApplicationSecret> {
  return new Map(secrets.map((secret) => [secret.id, secret]));
}
