import { onPath } from "./on-path.ts";

/** A program that a few tests need beside Node and npm: its names on the PATH, and its Debian package. */
export type Wanted = { readonly names: readonly string[]; readonly debian: string };

export const realRedis: Wanted = { names: ["redis-server", "valkey-server"], debian: "redis-server" };
export const chromium: Wanted = { names: ["chromium", "chromium-browser", "google-chrome"], debian: "chromium" };

/** Its full path; undefined if it is missing. */
export function find({ names }: Wanted): string | undefined {
  return onPath(...names);
}

/**
 * Whether tests of a missing program are skipped. With `CI=true` they run, and fail by `pathOf`, which names it.
 */
export function isSkippedWithout(wanted: Wanted): boolean {
  return find(wanted) === undefined && process.env["CI"] !== "true";
}

/** Its full path. Throws an error that names the program if it is missing. */
export function pathOf(wanted: Wanted): string {
  const found = find(wanted);
  if (found !== undefined) return found;
  throw new Error(`Missing: ${wanted.names.join(" or ")} is not on the PATH (Debian: apt-get install ${wanted.debian}).`);
}
