import type { Command } from "commander";
import { createClient } from "../client/client.ts";
import type { Client, Credential, Credentials } from "../client/client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { isOver, readProfiles } from "./profile.ts";
import type { World } from "./world.ts";

/** The options that every command takes. */
export type GlobalOptions = { readonly json?: boolean; readonly url?: string; readonly profile?: string };

/** The options of a command and of the program around it, as Commander passes the command to its action. */
export function globalsOf(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

/** A service and a caller, and where each comes from. */
export type Session = {
  readonly client: Client;
  readonly url: string;
  readonly caller: string;
  readonly json: boolean;
  readonly world: World;
};

/** Opens a session by the first of these that names a service or a caller: a flag, the environment, a profile. */
export function openSession(world: World, options: GlobalOptions): Session {
  const { url, from } = addressOf(world, options);
  const { credentials, caller } = callerOf(world, options, url);
  const client = clientAt(world, { url, from, credentials });
  return { client, url, caller, json: isJson(world, options), world };
}

export function isJson(world: World, { json }: GlobalOptions): boolean {
  return json ?? !world.isTerminal;
}

export function profileName({ environment }: World, { profile }: GlobalOptions): string {
  return profile ?? nonEmpty(environment["LICENSING_PROFILE"]) ?? "default";
}

export function addressOf(world: World, options: GlobalOptions): { readonly url: string; readonly from: string } {
  if (options.url !== undefined) return { url: options.url, from: "--url" };
  const fromEnvironment = nonEmpty(world.environment["LICENSING_URL"]);
  if (fromEnvironment !== undefined) return { url: fromEnvironment, from: "LICENSING_URL" };
  const name = profileName(world, options);
  const profile = readProfiles(world)[name];
  if (profile === undefined) throw new Failure(exitCodes.usage, "No service is named. Pass --url, set LICENSING_URL, or log in with `licensing login --url <origin>`.");
  return { url: profile.url, from: `the profile ${name}` };
}

function callerOf(world: World, options: GlobalOptions, url: string): { readonly credentials: Credentials; readonly caller: string } {
  const { environment } = world;
  const token = nonEmpty(environment["LICENSING_TOKEN"]);
  if (token !== undefined) {
    // A header can't hold other characters, and the platform's own error repeats the token.
    if (!/^[\x21-\x7e]+$/.test(token)) throw new Failure(exitCodes.notAllowed, "LICENSING_TOKEN isn't a token: it has a blank, a line break or a character beyond ASCII.");
    return { credentials: () => ({ token }), caller: "LICENSING_TOKEN" };
  }
  const clientId = nonEmpty(environment["LICENSING_CLIENT_ID"]);
  const clientSecret = nonEmpty(environment["LICENSING_CLIENT_SECRET"]);
  if ((clientId === undefined) !== (clientSecret === undefined)) throw new Failure(exitCodes.usage, "LICENSING_CLIENT_ID and LICENSING_CLIENT_SECRET are needed together.");
  if (clientId !== undefined && clientSecret !== undefined) return { credentials: () => ({ clientId, clientSecret }), caller: "LICENSING_CLIENT_ID" };
  const name = profileName(world, options);
  const profile = readProfiles(world)[name];
  // A token goes to the service that it was made for, and to no other.
  if (profile === undefined || originOf(profile.url) !== originOf(url)) {
    throw new Failure(exitCodes.notAllowed, `You aren't logged in to ${url}. Log in with \`licensing login --url ${url}\`, or set LICENSING_TOKEN.`);
  }
  let current = profile;
  let renewal: Promise<void> | undefined;
  const renew = async () => {
    const { renewed } = await import("./login.ts");
    current = await renewed(world, { name, profile: current });
  };
  const credentials = async (refused?: Credential): Promise<Credential> => {
    const isRefused = refused !== undefined && "token" in refused && refused.token === current.accessToken;
    // One renewal at a time: a refresh token may be used once.
    if ((isOver(world, current) || isRefused) && current.refreshToken !== undefined) await (renewal ??= renew().finally(() => (renewal = undefined)));
    return { token: current.accessToken };
  };
  return { credentials, caller: `the profile ${name}` };
}

function originOf(url: string): string | undefined {
  return URL.parse(url)?.origin;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text.trim();
}

/** The client of a service. Throws a Failure that says where an invalid address comes from. */
export function clientAt({ client }: World, { url, from, credentials }: { readonly url: string; readonly from: string; readonly credentials: Credentials }): Client {
  try {
    return createClient({ url, credentials, ...(client === undefined ? {} : { world: client }) });
  } catch (error) {
    throw new Failure(exitCodes.usage, `${from}: ${(error as Error).message}`);
  }
}
