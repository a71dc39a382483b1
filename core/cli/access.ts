import { createClient } from "../client/client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { login } from "./login.ts";
import { keepProfile } from "./profile.ts";
import type { Adding } from "./run.ts";
import { addressOf, isJson, globalsOf, openSession, profileName } from "./session.ts";
import { print, table } from "./world.ts";

/** Adds the commands of the login (login, logout, whoami), of the signing keys, and of completions. */
export function addAccess({ program, world }: Adding): void {
  program
    .command("login")
    .description("log in at the service's identity provider, in a browser or by a code on another device")
    .option("--device", "show a code to confirm on another device")
    .action(async ({ device }: { device?: boolean }, command) => {
      const options = globalsOf(command);
      const { url } = addressOf(world, options);
      const profile = await login(world, { url, device: device === true });
      const me = await createClient({ url, credentials: () => ({ token: profile.accessToken }) }).access.me({ signal: world.signal });
      const name = profileName(world, options);
      keepProfile(world, name, profile);
      print({ world, json: isJson(world, options) }, { profile: name, url: profile.url, actor: me.actor, roles: me.roles }, () => `Logged in to ${profile.url} as ${me.actor.id} (${me.roles.join(", ") || "no roles"}), kept as the profile ${name}.`);
    });
  program
    .command("logout")
    .description("forget a login")
    .action((_own, command) => {
      const options = globalsOf(command);
      keepProfile(world, profileName(world, options), undefined);
      print({ world, json: isJson(world, options) }, { profile: profileName(world, options) }, () => `Forgot the profile ${profileName(world, options)}.`);
    });
  program
    .command("whoami")
    .description("say who calls which service, by which setting, and with which permissions")
    .action(async (_own, command) => {
      const session = openSession(world, globalsOf(command));
      const me = await session.client.access.me({ signal: world.signal });
      const permissions = Object.entries(me.permissions).map(([name, reach]) => (reach === "all" ? name : `${name} (own)`));
      print(session, { url: session.url, by: session.caller, ...me }, () => `${me.actor.type}:${me.actor.id} at ${session.url}, by ${session.caller}\nRoles: ${me.roles.join(", ") || "none"}\nMay: ${permissions.join(", ") || "nothing"}`);
    });
  program
    .command("keys")
    .description("list the signing keys and the findings of their last check")
    .option("--check", "check them now")
    .action(async ({ check }: { check?: boolean }, command) => {
      const session = openSession(world, globalsOf(command));
      const found = await (check === true ? session.client.keys.check({ signal: world.signal }) : session.client.keys.list({ signal: world.signal }));
      print(session, found, () => `${table(found.data.map(({ kid, state, certificates, createdAt }) => ({ kid, state, certificates: String(certificates), created: createdAt ?? "" })))}\nThe last check: ${found.check?.state ?? "none yet"}`);
    });
  program
    .command("completion")
    .description("print a completion script: eval \"$(licensing completion bash)\"")
    .argument("<shell>", "bash, zsh or fish")
    .action((shell: string) => world.out(completionFor(shell, program.commands.map((command) => command.name()))));
}

function completionFor(shell: string, names: readonly string[]): string {
  const words = names.join(" ");
  switch (shell) {
    case "bash":
      return `complete -W "${words}" licensing\n`;
    case "zsh":
      return `#compdef licensing\ncompdef '_arguments "1:command:(${words})"' licensing\n`;
    case "fish":
      return `complete -c licensing -n __fish_use_subcommand -f -a "${words}"\n`;
    default:
      throw new Failure(exitCodes.usage, `${JSON.stringify(shell)} is none of bash, zsh, fish.`);
  }
}
