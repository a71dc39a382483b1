import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { parsedJson } from "../base/parsed-json.ts";
import { exitCodes, Failure } from "./failure.ts";
import type { World } from "./world.ts";

/** One login, as it is kept on this machine. */
export type Profile = {
  readonly url: string;
  readonly accessToken: string;
  readonly refreshToken?: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs?: number;
};
type Profiles = Readonly<Record<string, Profile>>;

/** `LICENSING_CONFIG`, or the platform's folder for settings. */
function fileOf({ environment }: World): string {
  const base = environment["XDG_CONFIG_HOME"] ?? environment["APPDATA"] ?? path.join(environment["HOME"] ?? homedir(), ".config");
  return environment["LICENSING_CONFIG"] ?? path.join(base, "licensing", "profiles.json");
}

export function readProfiles(world: World): Profiles {
  const file = fileOf(world);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new Failure(exitCodes.failed, `${file} can't be read: ${(error as Error).message}`);
  }
  const profiles = parsedJson(text);
  if (typeof profiles !== "object" || profiles === null) throw new Failure(exitCodes.failed, `${file} is damaged. Delete it and log in again.`);
  return profiles as Profiles;
}

/** Whether a login's access token ends within 30 s, or has ended. */
export function isOver({ now }: World, { expiresAtMs }: Profile): boolean {
  return expiresAtMs !== undefined && expiresAtMs - 30_000 < now().getTime();
}

/** Makes the lock beside the file of logins. False: another process has made it. */
export function lockProfiles(world: World): boolean {
  const lock = lockOf(world);
  try {
    writeFileSync(lock, "", { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new Failure(exitCodes.failed, `${lock} can't be written: ${(error as Error).message}`);
  }
}

export function unlockProfiles(world: World): void {
  rmSync(lockOf(world), { force: true });
}

function lockOf(world: World): string {
  return `${fileOf(world)}.lock`;
}

/** Keeps a login, or forgets it. Only its user may read the file, which holds tokens. */
export function keepProfile(world: World, name: string, profile: Profile | undefined): void {
  const file = fileOf(world);
  const { [name]: _former, ...others } = readProfiles(world);
  const text = JSON.stringify(profile === undefined ? others : { ...others, [name]: profile }, null, 2);
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, `${text}\n`, { mode: 0o600 });
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}
