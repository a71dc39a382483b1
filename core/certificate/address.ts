/** The Redis key of a license's certificates: a sorted set whose highest member is the newest. */
export function certificateKey(licenseId: string): string {
  return `licensing:certificate:${licenseId}`;
}

/** The Redis key of the beacon, a string. */
export const beaconKey = "licensing:beacon";
