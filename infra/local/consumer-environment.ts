import { rmSync, writeFileSync } from "node:fs";
import { signingKeys } from "@licensing/core/keyring/signing-keys.store.ts";
import type { Machine } from "./machine.ts";

/**
 * Writes what a service needs that checks licenses by this machine's certificates, for `node --env-file`: where they are
 * published and by which token they are read, the public keys, and the application secret. Readable by its owner alone.
 */
export async function writeConsumerEnvironment(machine: Machine, file: string): Promise<void> {
  const keys = [...(await signingKeys(machine.runtime)).values()];
  const values = {
    APP_ENV_UPSTASH_REDIS_REST_URL: machine.upstash.url,
    APP_ENV_UPSTASH_REDIS_REST_TOKEN: machine.environment["APP_ENV_UPSTASH_REDIS_REST_TOKEN"],
    APP_ENV_LICENSING_ED25519_PUBLIC_KEY: keys.map(({ publicPem }) => publicPem).join(""),
    APP_ENV_APPLICATION_SECRET: machine.environment["APP_ENV_APPLICATION_SECRET"],
  };
  const lines = Object.entries(values).map(([name, value = ""]) => `${name}="${value.trimEnd()}"\n`);
  // A mode is given to a file that is made, not to one that is there.
  rmSync(file, { force: true });
  writeFileSync(file, lines.join(""), { mode: 0o600, flag: "wx" });
}
