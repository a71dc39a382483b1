import { hash, randomBytes, randomUUID } from "node:crypto";
import { toBase64url } from "../base/base64url.ts";
import { fingerprintPattern } from "../license/fingerprint-pattern.ts";
import type { VerifyKey } from "../keyring/verify-key.ts";
import { decisionAt } from "./application-decision.ts";
import type { Ask, Code, License } from "./decision.ts";
import { engineNode } from "./engine-node.ts";
import { createGateClock } from "./gate-clock.ts";
import { createKept } from "./kept-license.ts";
import { licenseFolder, type LicenseStore } from "./license-folder.ts";
import { writeRequest } from "./license-request.ts";
import { licenseService, type SeatHolder } from "./license-service.ts";
import { createLicensing, type Licensing } from "./licensing.ts";
import { machineFingerprint } from "./machine-fingerprint.ts";
import { refuseOthers, requireText, within } from "./options.ts";
import { createPinnedTrust } from "./pinned-trust.ts";
import type { Fetch } from "./request.ts";
import type { UnknownCode } from "./source.ts";
import type { Trust, TrustState } from "./trust.ts";

export type ApplicationOptions = {
  /** The service: its origin, or its base address as for `httpSource`. Absent, with `key`: a machine that never has a network. */
  readonly url?: string | undefined;
  /** The license key that the user entered. */
  readonly key?: string | undefined;
  /** This machine's identity; by default that of `machineFingerprint`, if `store` is a folder. */
  readonly fingerprint?: string | undefined;
  /** The service's public keys. Those of `jwksTrust` are loaded at each start, so they need a network. */
  readonly trust: Trust;
  /** A folder of the user's machine, or a place of your own for one text. */
  readonly store: string | LicenseStore;
  readonly audience?: string | undefined;
  readonly issuer?: string | undefined;
  /** The seat's name, by which its owner recognizes the machine. */
  readonly name?: string | undefined;
  /** How often the service is asked while there is a network; 3600 by default, and four times in a seat's lease. */
  readonly refreshSeconds?: number | undefined;
  /** How long a request may take; 5000 by default. */
  readonly timeoutMs?: number | undefined;
  readonly fetch?: Fetch | undefined;
  /** Milliseconds since the epoch; the machine's clock by default. */
  readonly now?: (() => number) | undefined;
};

export type ApplicationCode = Code | "ACTIVATION_LIMIT_REACHED" | "TRIAL_ALREADY_USED";

/**
 * An application's answer to "may this be used now?". Act on `allowed`. `unknown`: this machine has no license file that can be
 * read, and the service wasn't reached; it isn't allowed. `detail` is a sentence for the user.
 */
export type ApplicationDecision = {
  /** When the service last confirmed the license for this machine; null: never. */
  readonly asOf: Date | null;
  readonly staleForMs: number | null;
  /** Why the last refresh yielded nothing; null: it did, or none was due. */
  readonly problem: UnknownCode | null;
  readonly detail: string;
  /** The machines that hold the seats of a full license, for the user to free one by `replace`. */
  readonly holders?: readonly SeatHolder[];
} & (
  | { readonly state: "active"; readonly allowed: true; readonly code: ApplicationCode; readonly license: License }
  | { readonly state: "denied" | "unknown"; readonly allowed: false; readonly code: ApplicationCode; readonly license: License | null }
);

/** A license in use by an application. No function throws or rejects. */
export type OpenLicense = {
  /** May this be used now? Decides by the license file and the service's last answer, without a request. */
  readonly check: (question?: Omit<Ask, "fingerprint">) => ApplicationDecision;
  /** Asks the service now, extends the seat's lease, and fetches a new file if one is due. Without a network the decision stays. */
  readonly refresh: () => Promise<ApplicationDecision>;
  /** Takes the seat of another machine of a full license, one of the decision's `holders`. */
  readonly replace: (activationId: string) => Promise<ApplicationDecision>;
  /** Ends the use, and gives a leased seat back unless another process of this machine uses it. */
  readonly close: () => Promise<void>;
  /** A request for a license file, for a machine without a network. The license's owner gets a file for it. */
  readonly request: () => string;
  /** Stores a license file that a person has brought to this machine. */
  readonly accept: (file: string) => Promise<ApplicationDecision>;
  /** The license as the file shows it; null: there is no file that can be read. */
  readonly license: License | null;
};

const nonceBytes = 16;

/**
 * Opens a license for software on a customer's machine. The first start takes a seat and fetches a license file; later starts
 * need no network until the file ends. Rejects with TypeError, RangeError or KeyFault for unusable options, and for nothing else:
 * a failing network, store or service still yields a decision.
 */
export async function openLicense(options: ApplicationOptions): Promise<OpenLicense> {
  const licensing = await licensingOf(options);
  await licensing.open();
  const request = (): string => writeRequest({ fingerprint: licensing.fingerprint, nonce: toBase64url(randomBytes(nonceBytes)) });
  const check = (question?: Omit<Ask, "fingerprint">): ApplicationDecision => decisionAt(licensing.standing(), question);
  return {
    check,
    request,
    refresh: async () => licensing.refresh().then(() => check()),
    replace: async (activationId) => licensing.replace(String(activationId)).then(() => check()),
    accept: async (file) => licensing.accept(file).then(() => check()),
    close: licensing.close,
    get license() {
      return licensing.license();
    },
  };
}

async function licensingOf(options: ApplicationOptions): Promise<Licensing> {
  const { url, key, fingerprint, trust, store, audience, issuer, name, refreshSeconds = 3_600, timeoutMs = 5_000, fetch, now = Date.now, ...others } = Object(options) as ApplicationOptions;
  refuseOthers(others);
  if ((url === undefined) !== (key === undefined)) throw new TypeError(`${url === undefined ? "url" : "key"}: is needed with the other`);
  if (key !== undefined) requireText("key", key);
  const folder = storeOf(store);
  const refreshMs = within("refreshSeconds", refreshSeconds, [1, 86_400]) * 1000;
  within("timeoutMs", timeoutMs, [1, 60_000]);
  const clock = createGateClock({ now, elapsed: options.now === undefined ? () => performance.now() : () => 0 });
  const keys = trustOf(trust, clock.read);
  const identified = await fingerprintOf(fingerprint, store);
  // Without an identity no seat can be taken. Every decision names the fault of the store, which is the reason.
  const machine = identified ?? "unidentified";
  const service = url === undefined || key === undefined ? undefined : licenseService({ url, key, timeoutMs, fetch });
  const of = hash("sha256", JSON.stringify([key ?? null, machine]), "hex");
  const kept = createKept({ store: folder, of, clock, user: randomUUID() });
  return createLicensing({ kept, clock, trust: keys, service: identified === undefined ? undefined : service, fingerprint: machine, expected: { audience, issuer }, name, refreshMs });
}

function storeOf(store: unknown): LicenseStore {
  if (typeof store === "string" && store !== "") return licenseFolder(store);
  const { read, write } = Object(store) as Partial<LicenseStore>;
  if (typeof read !== "function" || typeof write !== "function") throw new TypeError("store: must be a folder's path, or { read, write }");
  return store as LicenseStore;
}

function trustOf(trust: Trust, now: () => number): TrustState<VerifyKey> {
  const given: object = Object(trust);
  if ("open" in given) return (trust as Extract<Trust, { open: unknown }>).open({ keysOf: engineNode.keysOf, now, isShared: true, onDown: () => undefined });
  if ("publicKeys" in given) return createPinnedTrust(trust as Extract<Trust, { publicKeys: string }>, engineNode);
  throw new TypeError("trust: must be { publicKeys } or jwksTrust()");
}

/** Undefined: the machine has no id of its own, and the store can't hold one. */
async function fingerprintOf(given: unknown, store: unknown): Promise<string | undefined> {
  if (given === undefined) {
    if (typeof store !== "string") throw new TypeError("fingerprint: is needed with a store of your own");
    return machineFingerprint({ store }).then(({ fingerprint }) => fingerprint, () => undefined);
  }
  if (typeof given !== "string" || !fingerprintPattern.test(given)) throw new TypeError("fingerprint: must be 8 to 256 letters, digits or . _ : + / = -");
  return given;
}

export { machineFingerprint, type MachineFingerprint } from "./machine-fingerprint.ts";
export { readRequest, type LicenseRequest } from "./license-request.ts";
export { KeyFault } from "../keyring/key-fault.ts";
export type { License } from "./decision.ts";
export type { LicenseStore } from "./license-folder.ts";
export type { SeatHolder } from "./license-service.ts";
