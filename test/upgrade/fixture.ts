import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { onFreePort } from "../support/free-port.ts";
import { preparePlace, serve, THROW_AWAY_SETTINGS } from "../support/postgres.ts";
import type { Place } from "../support/postgres.ts";
import { whenDone } from "../support/when-done.ts";
import type { Recorded } from "./answers.ts";

export const fixtures = path.join(import.meta.dirname, "fixtures");

/** The commit before the schema's numbered files 0004 and on. */
export const formerCommit = "a84140aa95f6f46479ade104305c0ddff7c806b7";

/** `data-folder` holds the embedded database; `cluster` was served by a PostgreSQL, and is stopped. */
export type FixtureName = "data-folder" | "cluster";

/** A window as long as the archive, because template databases repeat most of a cluster's pages. */
const windowLog = 27;

/** Keeps a folder as `<name>.tar.zst`. */
export function packFolder(folder: string, name: string): void {
  const tar = spawnSync("tar", ["-C", folder, "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "-cf", "-", "."], { maxBuffer: 2 ** 30 });
  if (tar.status !== 0) throw new Error(`tar: ${tar.stderr.toString()}`);
  packFile(tar.stdout, `${name}.tar`);
}

/** Keeps a file as `<name>.zst`. */
export function packFile(content: Buffer, name: string): void {
  const { ZSTD_c_compressionLevel: level, ZSTD_c_windowLog: window, ZSTD_c_enableLongDistanceMatching: long } = constants;
  writeFileSync(path.join(fixtures, `${name}.zst`), zstdCompressSync(content, { params: { [level]: 19, [window]: windowLog, [long]: 1 } }));
}

/** Unpacks into a new folder, which goes with the test. */
export function unpackFolder(name: FixtureName): string {
  const folder = newFolder();
  const tar = spawnSync("tar", ["-C", folder, "--no-same-owner", "-xpf", "-"], { input: unpacked(`${name}.tar`) });
  if (tar.status !== 0) throw new Error(`tar: ${tar.stderr.toString()}`);
  return folder;
}

/** Unpacks a file into a new folder, which goes with the test. Answers the file's path. */
export function unpackFile(name: string): string {
  const file = path.join(newFolder(), name);
  writeFileSync(file, unpacked(name));
  return file;
}

function unpacked(name: string): Buffer {
  return zstdDecompressSync(readFileSync(path.join(fixtures, `${name}.zst`)), { params: { [constants.ZSTD_d_windowLogMax]: windowLog } });
}

function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "licensing-upgrade-"));
  whenDone(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function readRecorded(name: FixtureName): Recorded {
  return JSON.parse(unpacked(`${name}.json`).toString()) as Recorded;
}

/** Starts the cluster in `<folder>/data`, which its user must own. */
export async function serveCluster(place: Place): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const { port, server } = await onFreePort((port) => serve(place, { port, settings: THROW_AWAY_SETTINGS }));
  return { url: `postgres://licensing_owner:${ownerPassword}@127.0.0.1:${port}/postgres`, stop: () => server.stop() };
}

/** The password in the cluster of the fixture. */
export const ownerPassword = "owner of a fixture";

/** A place for the cluster that was unpacked in `folder`. */
export function placeOf(folder: string): Place {
  const cluster = path.join(folder, "cluster");
  mkdirSync(cluster, { recursive: true });
  const place = preparePlace(cluster);
  const { identity } = place.runner;
  if (identity !== undefined) giveTo(folder, identity);
  return place;
}

function giveTo(folder: string, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  chownSync(folder, uid, gid);
  const run = spawnSync("chown", ["-R", `${uid}:${gid}`, path.join(folder, "cluster")]);
  if (run.status !== 0) throw new Error(`chown: ${run.stderr.toString()}`);
}
