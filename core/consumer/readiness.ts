import type { freshBeacon } from "./currency.ts";
import type { Code } from "./decision.ts";
import type { Gate, Readiness } from "./engine.ts";
import type { GateOptions } from "./options.ts";
import type { Parts } from "./parts.ts";

/** A license id that no service mints. Reading it tests whether the source answers. */
const nobodys = "1";

/** The gate, and the function that it has loaded already. */
type Asked<Key extends { readonly kid: string }> = { readonly check: Gate["check"]; readonly parts: Parts<Key>; readonly freshBeacon: typeof freshBeacon };

/** The answer of `ready()`. This file is loaded by its first call, because decisions don't need its texts. */
export async function readinessOf<Key extends { readonly kid: string }>(
  licenseId: string | undefined,
  asked: Asked<Key>,
): Promise<Readiness> {
  const { check, parts } = asked;
  const { options, trust, clock, entries } = parts;
  const decision = await check(licenseId ?? nobodys);
  const code = decision.state === "active" ? (decision.problem ?? decision.code) : decision.code;
  await trust.refresh(clock.read());
  if (trust.current(clock.read()) === undefined) {
    return { ok: false, code: "KEYS_UNREACHABLE", problem: `trust: no keys could be loaded, ${trust.cause?.() ?? "no answer in time"}.` };
  }
  const asFound = { cause: code === "LICENSE_ID_INVALID" ? undefined : entries.find(licenseId ?? nobodys).cause, options };
  // The source answered: the license doesn't exist.
  const isNobodys = licenseId === undefined && (code === "NOT_PUBLISHED" || code === "NOT_FOUND" || code === "WRONG_LICENSE");
  const wrong = isNobodys ? undefined : sentences[code];
  return wrong === undefined ? readinessByBeacon(asked) : { ok: false, code, problem: wrong(asFound) };
}

/** The faults that only the beacon shows: a missing beacon, and a secret that opens no certificate. */
async function readinessByBeacon<Key extends { readonly kid: string }>({ parts, freshBeacon: fresh }: Asked<Key>): Promise<Readiness> {
  if (parts.options.source.hasBeacon !== true) return { ok: true };
  const beacon = fresh(parts, parts.clock.read());
  if (beacon === undefined) {
    const { refusal = "expired" } = parts.currency;
    const cause = refusal === "none" ? "there is none" : `it is refused, ${refusal}`;
    return { ok: false, code: "NO_BEACON", problem: `source: no beacon says how current it is, ${cause}; is the service older than this package, or has its reconciler stopped?` };
  }
  const secrets = await parts.secrets();
  if (beacon.secrets.length === 0 || beacon.secrets.some((id) => secrets.has(id))) return { ok: true };
  return { ok: false, code: "SECRET_UNKNOWN", problem: "applicationSecret: the service seals certificates under another secret; is it of this stage, and is one being changed?" };
}

type AsFound = { readonly cause: string | undefined; readonly options: GateOptions };

const because = ({ cause }: AsFound): string => (cause === undefined ? "" : `, ${cause}`);
const otherStage = "the keys and the source are of two stages, or a rotation didn't reach this consumer";

/** One sentence for each code that is a fault of the set-up. Other codes are about the license. */
const sentences: Readonly<Partial<Record<Code, (found: AsFound) => string>>> = {
  UNREACHABLE: (found) => `source: no usable answer${because(found)}; is its address right, and can it be reached from here?`,
  FORBIDDEN: (found) => `source: the credential is refused${because(found)}; is the token or the license key of this stage?`,
  MALFORMED: () => "source: its value for this license isn't a certificate; is it the service's Redis, or the right file?",
  NOT_PUBLISHED: () => "source: it has no certificate of this license; is it of this stage, and does the license exist?",
  NOT_FOUND: () => "source: the service knows no such license, or not one of this credential's; is it of this stage?",
  KEY_UNKNOWN: (found) => `trust: the certificate's key isn't a trusted one${because(found)}; ${otherStage}.`,
  KEY_DENIED: (found) => `trust: deniedKids names the certificate's key${because(found)}.`,
  BAD_SIGNATURE: (found) => `source: the certificate was changed after it was signed${because(found)}.`,
  SECRET_UNKNOWN: () => "applicationSecret: the certificate is sealed under another secret; is it of this stage, and is one being changed?",
  NOT_DECRYPTABLE: () => "applicationSecret: the certificate doesn't open with this license's key; is it another license's?",
  WRONG_LICENSE: () => "source: the certificate is another license's.",
  WRONG_ISSUER: ({ options }) => `issuer: certificates of this stage aren't issued by ${JSON.stringify(options.issuer)}.`,
  WRONG_AUDIENCE: ({ options }) => `audience: certificates of this stage aren't for ${JSON.stringify(options.audience)}.`,
  ISSUED_IN_FUTURE: () => "now: this machine's clock is behind the issuer's by more than skewSeconds.",
  CERTIFICATE_EXPIRED: () => "source: its certificate has ended, and nobody has published a newer one; is it a copy, or has the service's reconciler stopped?",
  FLOORS_INCOMPLETE: () => "source: its certificate is older than the service's list of denials reaches back; were more than 1,000 licenses denied since, or has the service's reconciler stopped?",
  BEACON_STALE: () => "source: no beacon is younger than beaconMaxSeconds; is it a copy that nobody refreshes, or has the service's reconciler stopped?",
  ROLLBACK: () => "source: its certificate is older than one that was seen; is it a copy that lags behind?",
  LICENSE_ID_INVALID: () => "ready(licenseId): this isn't a license id, which is a decimal number in a text.",
  CLOSED: () => "close(): the gate is closed, and reads nothing any more.",
  FAULT: () => "The verifier itself failed, which is a bug of this package.",
};
