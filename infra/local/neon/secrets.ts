import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import * as z from "zod/mini";
import { generateKey } from "@licensing/core/keyring/signing-key.ts";
import { english } from "@licensing/core/base/english.ts";

/** What one machine needs to keep secret: made once, kept in the data folder, so that a restart reads its own certificates. */
const secrets = z.strictObject({
  signingKeyPem: z.string(),
  applicationSecret: z.string(),
  keyPepper: z.string(),
  ownerPassword: z.string(),
  applicationPassword: z.string(),
  redisToken: z.string(),
});
export type LocalSecrets = z.infer<typeof secrets>;

/** Null: in memory, for a run that leaves nothing. */
export function openSecrets(file: string | null): LocalSecrets {
  if (file !== null && existsSync(file)) return secrets.parse(JSON.parse(readFileSync(file, "utf8")), { error: english });
  const made: LocalSecrets = {
    signingKeyPem: generateKey().privatePem,
    applicationSecret: randomBytes(32).toString("base64"),
    keyPepper: randomBytes(32).toString("base64url"),
    ownerPassword: randomBytes(18).toString("base64url"),
    applicationPassword: randomBytes(18).toString("base64url"),
    redisToken: randomBytes(24).toString("base64url"),
  };
  if (file !== null) writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  return made;
}
