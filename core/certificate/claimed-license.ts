import { binaryOf } from "../base/base64url.ts";
import type { LicenseState } from "../license/assess.ts";
import { seatDigestBytes, type Claims } from "./claims.ts";

/** The state of the license in claims, for its assessment. A file for one machine requires that machine's fingerprint. */
export function claimedState({ license, fingerprint }: Claims): LicenseState {
  const { status, startsAt, expiresAt, graceUntil, maintenanceUntil = null, fingerprintRequired, features } = license;
  return {
    status,
    startsAtMs: instantMs(startsAt),
    expiresAtMs: instantMs(expiresAt),
    graceUntilMs: instantMs(graceUntil),
    maintenanceUntilMs: instantMs(maintenanceUntil),
    fingerprintRequired: fingerprintRequired || fingerprint !== undefined,
    features,
  };
}

/** The live seats in claims. */
export type ClaimedSeats = {
  /** The state of a fingerprint's seat, by its digest. `unlisted`: not all seats are listed, and it isn't among those that are. */
  readonly seatOf: (digest: string | undefined) => "not-asked" | "held" | "none" | "unlisted";
  /** The number of listed seats. */
  readonly count: number;
  /** Whether there are more seats than those listed. */
  readonly isTruncated: boolean;
};

/** Reads the seats of claims in either form, the packed one first. A file for one machine counts for that machine alone. */
export function claimedSeats({ license, fingerprint }: Claims): ClaimedSeats {
  const { seats, seatsTruncated, seatDigests, seatDigestsTruncated = false } = license;
  const isTruncated = seatDigests === undefined ? seatsTruncated : seatDigestsTruncated;
  // One character a byte. The digests of the former form are twice as long and begin with the same bytes.
  const packed = seatDigests === undefined ? seats.map((seat) => binaryOf(seat).slice(0, seatDigestBytes)).join("") : binaryOf(seatDigests);
  const isListed = (digest: string): boolean => {
    const wanted = binaryOf(digest);
    for (let at = 0; at < packed.length; at += seatDigestBytes) if (packed.startsWith(wanted, at)) return true;
    return false;
  };
  const seatOf: ClaimedSeats["seatOf"] = (digest) => {
    if (digest === undefined) return "not-asked";
    if (fingerprint !== undefined) return digest === fingerprint ? "held" : "none";
    if (isListed(digest)) return "held";
    return isTruncated ? "unlisted" : "none";
  };
  return { seatOf, count: packed.length / seatDigestBytes, isTruncated };
}

/** The milliseconds since the epoch of an instant in claims. */
export function instantMs(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}
