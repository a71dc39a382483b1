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
