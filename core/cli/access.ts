import { createClient } from "../client/client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { keepProfile } from "./profile.ts";
import type { Adding } from "./run.ts";
import { addressOf, clientAt, globalsOf, isJson, openSession, profileName } from "./session.ts";
import { print } from "./world.ts";
import type { World } from "./world.ts";

const noTerminal = "Nobody can log in without a terminal. A program sets LICENSING_TOKEN, or LICENSING_CLIENT_ID and LICENSING_CLIENT_SECRET; a person adds --device or --no-device.";

/** Whether a browser can open here: not on a Linux machine that a person reaches by its terminal alone. */
function hasDisplay({ environment }: World): boolean {
  return process.platform !== "linux" || [environment["DISPLAY"], environment["WAYLAND_DISPLAY"]].some((each) => each !== undefined && each !== "");
}

/** Adds the commands of the login. */
export function addAccess({ command, world }: Adding): void {
  command("login")
    .option("--device", "show a code to confirm on another device (the default on a machine without a display)")
    .option("--no-device", "in a browser of this machine")
    .action(async ({ device }: { device?: boolean }, command) => {
      const options = globalsOf(command);
      const { url, from } = addressOf(world, options);
      clientAt(world, { url, from, credentials: () => undefined });
      if (device === undefined && options.json !== true && !world.isTerminal) throw new Failure(exitCodes.notAllowed, noTerminal);
      const { login } = await import("./login.ts");
      const profile = await login(world, { url, device: device ?? !hasDisplay(world) });
      const me = await createClient({ url, credentials: () => ({ token: profile.accessToken }) }).access.me({ signal: world.signal });
      const name = profileName(world, options);
      keepProfile(world, name, profile);
      print({ world, json: isJson(world, options) }, { profile: name, url: profile.url, actor: me.actor, roles: me.roles }, () => `Logged in to ${profile.url} as ${me.actor.id} (${me.roles.join(", ") || "no roles"}), kept as the profile ${name}.`);
    });
  command("logout")
    .action((_own, command) => {
      const options = globalsOf(command);
      keepProfile(world, profileName(world, options), undefined);
      print({ world, json: isJson(world, options) }, { profile: profileName(world, options) }, () => `Forgot the profile ${profileName(world, options)}.`);
    });
  command("whoami")
    .action(async (_own, command) => {
      const session = openSession(world, globalsOf(command));
      const me = await session.client.access.me({ signal: world.signal });
      const permissions = Object.entries(me.permissions).map(([name, reach]) => (reach === "all" ? name : `${name} (own)`));
      print(session, { url: session.url, by: session.caller, ...me }, () => `${me.actor.type}:${me.actor.id} at ${session.url}, by ${session.caller}\nRoles: ${me.roles.join(", ") || "none"}\nMay: ${permissions.join(", ") || "nothing"}`);
    });
}
