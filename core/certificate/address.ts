/** Where a license's certificate is: a sorted set whose highest member is the newest. */
export function certificateKey(licenseId: string): string {
  return `licensing:certificate:${licenseId}`;
}
