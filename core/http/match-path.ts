/** The methods of each address, by its template: `/v1/things/{thingId}` → `["GET", "PATCH"]`. */
export type Paths = Readonly<Record<string, readonly string[]>>;

/**
 * The methods that an address takes, or undefined if it is nowhere. A `{parameter}` stands for one whole segment that is
 * not empty. All templates that fit count together, as the gateway would try each of them.
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
