import { spawnSync } from "node:child_process";
import { allOnPath } from "./on-path.ts";

/**
 * A program that a few tests need beside Node and npm: its names on the PATH, and its Debian package. `has`: arguments with which it
 * ends well only if it has what the tests need.
 */
export type Wanted = { readonly names: readonly string[]; readonly debian: string; readonly has?: readonly string[] };

export const realRedis: Wanted = { names: ["redis-server", "valkey-server"], debian: "redis-server" };
export const chromium: Wanted = { names: ["chromium", "chromium-browser", "google-chrome"], debian: "chromium" };
export const python: Wanted = { names: ["python3"], debian: "python3-cryptography", has: ["-c", "import cryptography"] };
export const jwcrypto: Wanted = { names: ["python3"], debian: "python3-jwcrypto", has: ["-c", "import jwcrypto"] };
export const go: Wanted = { names: ["go"], debian: "golang-go" };
export const openssl: Wanted = { names: ["openssl"], debian: "openssl" };

/** Its full path; undefined if it is missing. */
export function find({ names, has }: Wanted): string | undefined {
  return allOnPath(names).find((program) => has === undefined || spawnSync(program, has, { stdio: "ignore" }).status === 0);
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
  throw new Error(`Missing: ${wanted.names.join(" or ")} is not on the PATH${wanted.has === undefined ? "" : `, or fails with ${wanted.has.join(" ")}`} (Debian: apt-get install ${wanted.debian}).`);
}
