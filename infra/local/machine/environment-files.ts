import { rmSync, writeFileSync } from "node:fs";
import { signingKeys } from "@licensing/core/keyring/signing-keys.store.ts";
import type { Machine } from "./machine.ts";

/**
 * Writes two files for `node --env-file` and for a shell. `consumer.env` has the settings of a service that checks licenses by this
 * machine's certificates: the address and token of Redis, the public keys, the application secret. `service.env` has the settings
 * of this machine's service, for commands that work on it, but not its role: a shell's own credentials stay. Both are readable by their owner alone.
 */
export async function writeEnvironmentFiles(machine: Machine, file: (name: string) => string): Promise<void> {
  const keys = [...(await signingKeys(machine.runtime)).values()];
  write(file("consumer.env"), {
    APP_ENV_UPSTASH_REDIS_REST_URL: machine.upstash.url,
    APP_ENV_UPSTASH_REDIS_REST_TOKEN: machine.environment["APP_ENV_UPSTASH_REDIS_REST_TOKEN"],
    APP_ENV_LICENSING_ED25519_PUBLIC_KEY: keys.map(({ publicPem }) => publicPem).join(""),
    APP_ENV_APPLICATION_SECRET: machine.environment["APP_ENV_APPLICATION_SECRET"],
  });
  write(file("service.env"), Object.fromEntries(Object.entries(machine.environment).filter(([name]) => !name.startsWith("AWS_"))));
}

function write(file: string, values: Readonly<Record<string, string | undefined>>): void {
  const lines = Object.entries(values).map(([name, value = ""]) => `${name}="${value.trimEnd()}"\n`);
  // The mode option applies to a new file only.
  rmSync(file, { force: true });
  writeFileSync(file, lines.join(""), { mode: 0o600, flag: "wx" });
}
