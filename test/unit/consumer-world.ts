import { createGate } from "@licensing/core/consumer/create-gate.ts";
import type { Gate } from "@licensing/core/consumer/engine.ts";
import { engineNode } from "@licensing/core/consumer/engine-node.ts";
import { enginePortable } from "@licensing/core/consumer/engine-portable.ts";
import type { GateOptions } from "@licensing/core/consumer/options.ts";
import { SourceError, type Source } from "@licensing/core/consumer/source.ts";
import { claimsOf, type CertifiableLicense } from "@licensing/core/certificate/issue.ts";
import { beaconSeconds, type Beacon } from "@licensing/core/certificate/beacon.ts";
import { sealBeacon, sealCertificate } from "@licensing/core/certificate/seal.ts";
import type { SigningKey } from "@licensing/core/keyring/signing-key.ts";
import { audience, issuer, license, licenseId, nowMs, secret, signingKey } from "../support/certificate-fixture.ts";

export { audience, issuer, licenseId, nowMs, signingKey } from "../support/certificate-fixture.ts";

/** A consumer's time: a wall clock that can be set, and a monotonic one. */
export type Clock = {
  readonly now: () => number;
  readonly elapsed: () => number;
  /** Both clocks run. */
  readonly advance: (seconds: number) => void;
  /** The process is frozen: only the wall clock runs. */
  readonly freeze: (seconds: number) => void;
  /** Sets the wall clock forward, or back if negative. */
  readonly set: (seconds: number) => void;
};

export function createClock(startMs = nowMs): Clock {
  let wallMs = startMs;
  let elapsedMs = 0;
  return {
    now: () => wallMs,
    elapsed: () => elapsedMs,
    advance: (seconds) => {
      wallMs += seconds * 1000;
      elapsedMs += seconds * 1000;
    },
    freeze: (seconds) => {
      wallMs += seconds * 1000;
    },
    set: (seconds) => {
      wallMs += seconds * 1000;
    },
  };
}

export type Shelf = Source & {
  /** Certificates by license id. */
  readonly certificates: Map<string, string>;
  hasBeacon: boolean;
  beacon: unknown;
  /** Every license id that was read, and the number of readings of the beacon. */
  readonly reads: string[];
  beaconReads: number;
  /** `hang`: never answers, not even when aborted. */
  mode: "ok" | "down" | "forbidden" | "hang";
  /** If set, readings wait until it is called. */
  hold: (() => void) | undefined;
  readonly holdReadings: () => void;
};

/** A source in memory. */
export function createShelf(): Shelf {
  let gate: Promise<void> | undefined;
  const shelf: Shelf = {
    format: "certificate",
    certificates: new Map(),
    hasBeacon: false,
    beacon: undefined,
    reads: [],
    beaconReads: 0,
    mode: "ok",
    hold: undefined,
    holdReadings: () => {
      gate = new Promise((resolve) => {
        shelf.hold = () => {
          gate = undefined;
          resolve();
        };
      });
    },
    read: async (id, { withBeacon = false }) => {
      shelf.reads.push(id);
      const held = shelf.certificates.get(id);
      const { beacon } = shelf;
      if (withBeacon) shelf.beaconReads += 1;
      if (shelf.mode === "hang") await new Promise<never>(() => undefined);
      await gate;
      if (shelf.mode === "down") throw new Error("ECONNREFUSED 10.0.0.1 secret-token");
      if (shelf.mode === "forbidden") throw new SourceError("FORBIDDEN");
      return withBeacon ? { certificate: held, beacon: beacon as string | undefined } : held;
    },
  };
  return shelf;
}

export type World = {
  readonly clock: Clock;
  readonly shelf: Shelf;
  readonly gate: Gate;
  readonly logged: { message: string; fields: Readonly<Record<string, unknown>> }[];
  /** Publishes the license as it is now. */
  readonly publish: (changes?: Partial<CertifiableLicense>, by?: Publishing) => string;
  /** Puts a beacon of this moment. */
  readonly announce: (changes?: Partial<Beacon>, by?: SigningKey) => string;
};

/** A day, as the service's certificates last by default. */
export const ttlSeconds = 86_400;

/** A beacon of a service whose Redis is whole, issued at an instant. */
export function beaconOf(changes: Partial<Beacon>, issuedAtMs: number): Beacon {
  const iat = Math.floor(issuedAtMs / 1000);
  return { iss: issuer, aud: audience, iat, exp: iat + beaconSeconds, asOf: iat - 1, complete: true, floors: new Map(), floorsSince: iat - ttlSeconds, secrets: [secret.id], ring: 1, ...changes };
}

export type Publishing = { readonly ttlSeconds?: number; readonly signingKey?: SigningKey; readonly issuedAtMs?: number };

/** A certificate issued at an instant. */
export function certify(changes: Partial<CertifiableLicense>, by: Publishing & { readonly issuedAtMs: number }): string {
  const claims = claimsOf(
    { ...license, ...changes },
    { issuer, audience, jti: "jti-0001", nowMs: by.issuedAtMs, ttlSeconds: by.ttlSeconds ?? ttlSeconds },
  );
  return sealCertificate(claims, { signingKey: by.signingKey ?? signingKey, secret });
}

export const applicationSecret = "11".repeat(32);

export type WorldOptions = Partial<GateOptions> & {
  readonly portable?: boolean;
  /** Whether the source has a beacon; then one is announced at once. */
  readonly beacons?: boolean;
  /** A gate other than the one under test. */
  readonly make?: (options: GateOptions) => Gate;
};

/** A gate with a clock, a source and a license that is published in it. Its license needs no fingerprint unless an option says so. */
export function createWorld({ portable = false, beacons = false, make, ...changes }: WorldOptions = {}): World {
  const clock = createClock();
  const shelf = createShelf();
  shelf.hasBeacon = beacons;
  const logged: World["logged"] = [];
  const options: GateOptions = {
    source: shelf,
    trust: { publicKeys: signingKey.publicPem },
    audience,
    issuer,
    applicationSecret,
    timeoutMs: 5,
    logger: { warn: (message, fields) => void logged.push({ message, fields }) },
    now: clock.now,
    elapsed: clock.elapsed,
    ...changes,
  };
  const gate = make !== undefined ? make(options) : portable ? createGate(options, enginePortable) : createGate(options, engineNode);
  const publish: World["publish"] = (license = {}, by = {}) => {
    const text = certify({ fingerprintRequired: false, ...license }, { issuedAtMs: clock.now(), ...by });
    shelf.certificates.set(license.id ?? licenseId, text);
    return text;
  };
  const announce: World["announce"] = (of = {}, by = signingKey) => {
    const text = sealBeacon(beaconOf(of, clock.now()), by);
    shelf.beacon = text;
    return text;
  };
  publish();
  if (beacons) announce();
  return { clock, shelf, gate, logged, publish, announce };
}

/** Runs every callback that is ready. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
