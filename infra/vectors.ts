import { createHash, createPrivateKey, sign } from "node:crypto";
import { claimedSeats, claimedState } from "@licensing/core/certificate/claimed-license.ts";
import { readClaims, type Claims } from "@licensing/core/certificate/claims.ts";
import { seatDigest } from "@licensing/core/certificate/crypto-node.ts";
import { writeLicenseFile } from "@licensing/core/certificate/license-file.ts";
import { sealCertificate } from "@licensing/core/certificate/seal.ts";
import type { Reason } from "@licensing/core/certificate/verification.ts";
import { publicJwks } from "@licensing/core/keyring/ring.ts";
import { parseSecret } from "@licensing/core/keyring/secret.ts";
import { parsePrivateKeys, type SigningKey } from "@licensing/core/keyring/signing-key.ts";
import { assess } from "@licensing/core/license/assess.ts";
import type { GeneratedFiles } from "./generated.ts";
import { writeGenerated } from "./generated.ts";
import { badBeacons, badCertificates, badFiles, badMachineFiles, type Bad } from "./vectors-refused.ts";

/**
 * Writes the test vectors of `core/certificate/FORMAT.md`; `--check` only compares. The vectors are frozen: readers in other
 * languages are tested by them, so a committed vector never changes, and new ones are added at the end of their list.
 */
export const vectorFiles: () => GeneratedFiles = () => ({
  "core/certificate/vectors/trust.json": format(trust),
  "core/certificate/vectors/certificates.json": format([...goodCertificates(), ...badCertificates(kit).map(refused), ...laterCertificates()]),
  "core/certificate/vectors/license-files.json": format([...goodFiles(), ...badFiles(kit).map(refused)]),
  "core/certificate/vectors/machine-files.json": format([...goodMachineFiles(), ...badMachineFiles(kit).map(refused)]),
  "core/certificate/vectors/beacons.json": format([...goodBeacons(), ...badBeacons(kit).map(refused), ...laterBeacons()]),
});

/** The reader's expectations. Times are NumericDates. */
export type Asked = {
  readonly licenseId?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly now: number;
  readonly sequenceFloor?: number;
  readonly iatFloor?: number;
};
/** A question about a verified license, and the code of its answer. `now` is in milliseconds. */
export type Use = { readonly nowMs?: number; readonly fingerprint?: string; readonly features?: readonly string[]; readonly releasedAt?: string; readonly answer: string };
export type Vector = {
  readonly name: string;
  readonly verdict: "accepted" | Reason;
  readonly asked: Asked;
  readonly claims?: unknown;
  readonly uses?: readonly Use[];
  readonly text: string;
};

const issuedAt = 1_795_428_000;
const issuer = "https://licensing.example.test";
const audience = "licensing-consumers";
const licenseId = "7123456789012345678";
const machine = "press-hall-0001";
const fingerprints = ["machine-0001", "machine-0002", machine];

const signer = keyOf(1);
const denied = keyOf(2);
const stranger = keyOf(3);
const secret = parseSecret("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const otherSecret = parseSecret("f0".repeat(32));

const trust = {
  about: "The keys and secrets of the vectors. They are known to everybody: trust them nowhere else.",
  jwks: { keys: [...publicJwks([signer]).keys, ...publicJwks([denied]).keys.map((key) => ({ ...key, alg: "EdDSA" })), { kty: "oct", kid: "of-another-type", k: "AAAA" }] },
  publicKey: signer.publicPem,
  deniedKids: [denied.kid],
  applicationSecrets: ["000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"],
};

const claims: Claims = {
  iss: issuer,
  aud: audience,
  sub: licenseId,
  jti: "0b9f3c1e-7c1d-4a5e-9f0a-2d4c6b8e0f12",
  iat: issuedAt,
  exp: issuedAt + 86_400,
  license: {
    sequence: 7,
    status: "ACTIVATED",
    policy: "professional",
    holder: { type: "organization", id: "Café 東京" },
    features: { sso: true, "projects-max": 25, tier: "gold" },
    activationLimit: 5,
    fingerprintRequired: true,
    seats: [],
    seatsTruncated: true,
    seatDigests: packed(fingerprints),
    seatDigestsTruncated: false,
    startsAt: "2026-01-01T00:00:00.000Z",
    expiresAt: "2027-01-01T00:00:00.000Z",
    graceUntil: "2027-01-08T00:00:00.000Z",
    maintenanceUntil: "2026-12-01T00:00:00.000Z",
    lastEventHash: "5a".repeat(32),
  },
};
const beacon = {
  iss: issuer, aud: audience, iat: issuedAt, exp: issuedAt + 300, asOf: issuedAt - 31, complete: true,
  floors: { "7300000000000000011": 8, "7300000000000000002": 3 }, floorsSince: issuedAt - 86_400, secrets: [secret.id], ring: 12,
};

/** The keys, claims and functions that make the refused vectors. */
export type Kit = {
  readonly signer: SigningKey;
  readonly denied: SigningKey;
  readonly stranger: SigningKey;
  readonly claims: Claims;
  readonly beacon: typeof beacon;
  readonly certificate: (changed?: object, by?: { readonly key?: SigningKey; readonly otherSecret?: boolean; readonly sealedFor?: string }) => string;
  /** A compact JWS of any payload under any header, which may be its text. */
  readonly jws: (payload: string | Buffer, header: object | string, key?: SigningKey) => string;
  readonly file: (changed?: object, key?: SigningKey) => string;
};

const kit: Kit = { signer, denied, stranger, claims, beacon, certificate, jws, file };

function certificate(changed: object = {}, { key = signer, otherSecret: other = false, sealedFor = licenseId }: NonNullable<Parameters<Kit["certificate"]>[1]> = {}): string {
  const all = { ...claims, ...changed };
  const iv = createHash("sha256").update(JSON.stringify([all, key.kid, other, sealedFor])).digest().subarray(0, 12);
  // The key is derived for `sub`; the member that follows wins in the text.
  const keyed = { ...all, sub: sealedFor, toJSON: () => all };
  return sealCertificate(keyed, { signingKey: key, secret: other ? otherSecret : secret, iv });
}

function jws(payload: string | Buffer, header: object | string, key = signer): string {
  const encode = (value: string | Buffer) => Buffer.from(value).toString("base64url");
  const input = `${encode(typeof header === "string" ? header : JSON.stringify(header))}.${encode(payload)}`;
  return `${input}.${sign(null, Buffer.from(input), key.privateKey).toString("base64url")}`;
}

function file(changed: object = {}, key = signer): string {
  return writeLicenseFile({ ...claims, ...changed }, key);
}

const asked: Asked = { licenseId, issuer, audience, now: issuedAt };
const { licenseId: _none, ...askedOfBeacon } = asked;
const endMs = Date.parse("2027-01-01T00:00:00.000Z");

function goodCertificates(): readonly Vector[] {
  const { seatDigests: _1, seatDigestsTruncated: _2, maintenanceUntil: _3, ...former } = claims.license;
  const license = (changed: object) => ({ license: { ...claims.license, ...changed } });
  const long = { exp: issuedAt + 60 * 86_400 };
  const seats = fingerprints.map(formerSeat);
  return [
    accepted("packed seats", long, [
      { fingerprint: machine }, { fingerprint: "machine-9999" }, {}, { fingerprint: machine, features: ["sso", "tier"] },
      { fingerprint: machine, features: ["export"] }, { fingerprint: machine, releasedAt: "2026-12-01T00:00:00Z" }, { fingerprint: machine, releasedAt: "2026-12-01T00:00:00.001Z" },
      { fingerprint: machine, nowMs: endMs - 1 }, { fingerprint: machine, nowMs: endMs }, { fingerprint: machine, nowMs: endMs + 7 * 86_400_000 - 1 },
      { fingerprint: machine, nowMs: endMs + 7 * 86_400_000 },
    ]),
    accepted("the former form, which lists seats one by one", { license: { ...former, seats, seatsTruncated: false } }, [{ fingerprint: machine }, { fingerprint: "machine-9999" }]),
    accepted("the former form with more seats than it lists", { license: { ...former, seats: seats.slice(1), seatsTruncated: true } }, [{ fingerprint: machine }, { fingerprint: "machine-0001" }]),
    accepted("more seats than are listed", license({ seatDigestsTruncated: true }), [{ fingerprint: machine }, { fingerprint: "machine-9999" }]),
    accepted("a perpetual license without limits", license({ activationLimit: null, expiresAt: null, graceUntil: null, maintenanceUntil: null, fingerprintRequired: false, features: {} }), [{}, { releasedAt: "2099-01-01T00:00:00Z" }, { features: ["sso"] }]),
    accepted("a license that hasn't started", license({ startsAt: null, expiresAt: null, graceUntil: null }), [{ fingerprint: machine }]),
    accepted("a license that starts tomorrow", license({ startsAt: "2026-11-24T10:00:00.000Z" }), [{ fingerprint: machine }]),
    accepted("a suspended license", license({ status: "SUSPENDED", sequence: 8 }), [{ fingerprint: machine }]),
    accepted("a revoked license", license({ status: "REVOKED", sequence: 9 }), [{ fingerprint: machine }, {}]),
    accepted("an expired license in its grace", license({ status: "EXPIRED", expiresAt: "2026-11-23T00:00:00.000Z", graceUntil: "2026-11-24T00:00:00.000Z" }), [{ fingerprint: machine }]),
    accepted("members that this reader doesn't know", { tenant: "eu", license: { ...claims.license, region: "eu" } }, [{ fingerprint: machine }]),
    { ...accepted("the last second", {}), asked: { ...asked, now: claims.exp - 1 } },
    { ...accepted("a clock that is a minute behind", {}), asked: { ...asked, now: issuedAt - 60 } },
    { ...accepted("the sequence that was seen before", {}), asked: { ...asked, sequenceFloor: 7 } },
  ];
}

/** Cases in which a reader that was written from the document alone could be stricter than the service. */
function laterCertificates(): readonly Vector[] {
  const digests = Buffer.from(claims.license.seatDigests ?? "", "base64url");
  const reordered = Buffer.concat([digests.subarray(16), digests.subarray(0, 16)]).toString("base64url");
  return [
    accepted("packed seats in another order", { license: { ...claims.license, seatDigests: reordered } }, [{ fingerprint: machine }, { fingerprint: "machine-0001" }, { fingerprint: "machine-9999" }]),
    accepted("both forms of seats: the packed one alone counts", { license: { ...claims.license, seats: [formerSeat("machine-9999")] } }, [{ fingerprint: machine }, { fingerprint: "machine-9999" }]),
  ];
}

/** Uses without their answers. */
type Question = Omit<Use, "answer">;

function accepted(name: string, changed: object, uses: readonly Question[] = []): Vector {
  return { name, verdict: "accepted", asked, ...verified({ ...claims, ...changed }, uses), text: certificate(changed) };
}

function verified(signed: unknown, uses: readonly Question[]): Pick<Vector, "claims" | "uses"> {
  const read = readClaims(JSON.parse(JSON.stringify(signed)));
  if (read === undefined) throw new Error("a good vector must hold claims");
  return { claims: read, ...(uses.length === 0 ? {} : { uses: uses.map((use) => ({ ...use, answer: answerOf(read, use) })) }) };
}

function answerOf(read: Claims, { nowMs = issuedAt * 1000, fingerprint, features = [], releasedAt }: Question): string {
  const seat = claimedSeats(read).seatOf(fingerprint === undefined ? undefined : seatDigest(read.sub, fingerprint));
  const { valid, code } = assess(claimedState(read), {
    seat: seat === "unlisted" ? "held" : seat, features, releasedAtMs: releasedAt === undefined ? undefined : Date.parse(releasedAt),
  }, nowMs);
  return valid && seat === "unlisted" ? "SEATS_NOT_LISTED" : code;
}

function goodFiles(): readonly Vector[] {
  const good = (name: string, text: string, uses: readonly Question[] = []): Vector => ({ name, verdict: "accepted", asked, ...verified(claims, uses), text });
  const block = file().slice(file().indexOf("-----BEGIN"));
  return [
    good("a file as it is written", file(), [{ fingerprint: machine }, { fingerprint: "machine-9999" }, {}]),
    good("without its summary", block),
    good("a byte order mark before the bare block", `\uFEFF${block}`),
    good("Windows line ends", file().replaceAll("\n", "\r\n")),
    good("joined into one line", file().replaceAll("\n", " ")),
    good("rewrapped", (block.match(/.{1,40}|\n/g) ?? []).join("\n")),
    good("quoted in a mail, with text before and after it", `Hello,\n\n${file().replaceAll(/^/gm, "> ")}\n-- \nAnna\n`),
    good("smart dashes and no-break spaces", block.replaceAll("-----", "—–").replaceAll(" ", "\u00A0")),
    { ...good("a reader that has no expectations but the license", file()), asked: { licenseId, now: issuedAt } },
  ];
}

function goodMachineFiles(): readonly Vector[] {
  const signed = { ...claims, fingerprint: seatDigest(licenseId, machine), exp: issuedAt + 30 * 86_400 };
  const uses: readonly Question[] = [{ fingerprint: machine }, { fingerprint: "machine-0001" }, {}];
  const open = { ...signed, license: { ...claims.license, fingerprintRequired: false } };
  return [
    { name: "a file for one machine", verdict: "accepted", asked, ...verified(signed, uses), text: file(signed) },
    { name: "a file for one machine, of a policy that needs no fingerprint", verdict: "accepted", asked, ...verified(open, uses), text: file(open) },
  ];
}

function goodBeacon(name: string, changed: object, ask: Partial<Asked> = {}): Vector {
  const signed = { ...beacon, ...changed };
  const { tenant: _unknown, ...known } = signed as typeof beacon & { tenant?: string };
  return { name, verdict: "accepted", asked: { ...askedOfBeacon, ...ask }, claims: known, text: jws(JSON.stringify(signed), headerOf("license-beacon+jwt")) };
}

function goodBeacons(): readonly Vector[] {
  return [
    goodBeacon("a beacon", {}),
    goodBeacon("a beacon without floors, of a Redis that isn't whole", { complete: false, floors: {}, ring: 0 }),
    goodBeacon("a member that this reader doesn't know", { tenant: "eu" }),
    goodBeacon("the beacon that was believed before", {}, { iatFloor: issuedAt }),
  ];
}

function laterBeacons(): readonly Vector[] {
  return [goodBeacon("a beacon of a writer that gives it less time", { exp: issuedAt + 240 })];
}

function headerOf(typ: string) {
  return { alg: "Ed25519", typ, kid: signer.kid };
}

function refused({ name, text, reason, asked: ask = {}, isBeacon = false }: Bad): Vector {
  return { name, verdict: reason, asked: { ...(isBeacon ? askedOfBeacon : asked), ...ask }, text };
}

function formerSeat(fingerprint: string): string {
  return createHash("sha256").update(`${licenseId}:${fingerprint}`).digest().subarray(0, 16).toString("base64url");
}

function packed(of: readonly string[]): string {
  const digests = of.map((fingerprint) => Buffer.from(seatDigest(licenseId, fingerprint), "base64url"));
  return Buffer.concat(digests.toSorted((left, right) => left.compare(right))).toString("base64url");
}

/** A key of known bytes: PKCS#8 of an Ed25519 seed (RFC 8410 §7). */
function keyOf(byte: number): SigningKey {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, byte)]);
  const [key] = parsePrivateKeys(createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ format: "pem", type: "pkcs8" }).toString());
  if (key === undefined) throw new Error("a seed is a key");
  return key;
}

function format(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

if (import.meta.main) await writeGenerated(vectorFiles());
