import { inject } from "vitest";
import type { ServerName } from "./run-servers.ts";

/** The address of the run's PostgreSQL: the superuser's, in the database `postgres`. Starts it if no file has needed it yet. */
export function postgresUrl(): Promise<string> {
  return addressOf("postgres");
}

/** The address of database 0 of the run's Redis. Starts it if no file has needed it yet. */
export function redisUrl(): Promise<string> {
  return addressOf("redis");
}

/** The file with the keys of the run's identity providers. */
export function issuerKeysFile(): Promise<string> {
  return addressOf("issuer-keys");
}

async function addressOf(name: ServerName): Promise<string> {
  const answer = await fetch(`${inject("runServersUrl")}/${name}`);
  const text = await answer.text();
  if (answer.ok) return text;
  throw new Error(text);
}
