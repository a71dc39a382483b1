import { useEffect, useState } from "preact/hooks";

/**
 * The screen and its state, in the fragment of the address: `#/licenses?status=SUSPENDED`. A fragment is never sent to a server, so filters stay out of
 * logs. A pasted key never goes there.
 */
export type Place = { readonly parts: readonly string[]; readonly query: URLSearchParams };

export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").filter((part) => part !== "").map(decoded), query: new URLSearchParams(query) };
}

/** Decodes a part of the address. Somebody may have typed it, so it may not be an encoded text. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function hrefOf(parts: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
  const kept = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "");
  const search = new URLSearchParams(kept).toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${search === "" ? "" : `?${search}`}`;
}

export function go(href: string): void {
  location.hash = href;
}

/** Goes on to another screen, so that going back doesn't return to this one. */
export function goOn(href: string): void {
  location.replace(href);
}

/** The filters of a list that the address names. */
export function filtersIn<Name extends string>(query: URLSearchParams, names: readonly Name[]): Readonly<Partial<Record<Name, string>>> {
  return Object.fromEntries(names.flatMap((name) => (query.get(name) === null ? [] : [[name, query.get(name)]]))) as Readonly<Partial<Record<Name, string>>>;
}

/** The page of a list that the address names. */
export function pageIn(query: URLSearchParams, name = "cursor"): { readonly cursor?: string } {
  const cursor = query.get(name);
  return cursor === null ? {} : { cursor };
}

export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return placeOf(hash);
}
