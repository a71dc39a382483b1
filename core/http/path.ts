
/**
 * Whether every layer reads this path alike: segments of unreserved characters (RFC 3986 §2.3) and colons, none of them empty or a
 * dot segment, no percent-encoding, no slash at the end. Every address of the service is such a path; any other is not found. A meter's
 * code may hold a colon, which most clients encode, so `%3A` is allowed too.
 */
export function isPlainPath(path: string): boolean {
  return path.length <= 1024 && /^(?:\/(?!\.{1,2}(?:\/|$))(?:[A-Za-z0-9._~:-]|%3A)+)+$/i.test(path);
}

/** The methods of each address, by its template: `/v1/things/{thingId}` → `["GET", "PATCH"]`. */
type Paths = Readonly<Record<string, readonly string[]>>;

/**
 * The methods of an address, or undefined if no template fits. A `{parameter}` stands for one whole segment that is not empty.
 * The methods of all fitting templates count together, as the gateway would try each of them.
 */
export function methodsAt(paths: Paths, path: string): readonly string[] | undefined {
  const segments = path.split("/");
  const methods = Object.entries(paths)
    .filter(([template]) => fits(template.split("/"), segments))
    .flatMap(([, own]) => own);
  return methods.length === 0 ? undefined : [...new Set(methods)].toSorted();
}

function fits(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((part, index) => part === segments[index] || (part.startsWith("{") && segments[index] !== ""))
  );
}
