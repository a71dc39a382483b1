/**
 * True for a path that every layer reads alike: segments of unreserved characters (RFC 3986 §2.3), none of them empty
 * or a dot segment, nothing percent-encoded, no slash at the end. Every address of the service is such a path, so
 * whatever else arrives is nowhere.
 */
export function isPlainPath(path: string): boolean {
  return path.length <= 1024 && /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)+$/.test(path);
}
