import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import * as z from "zod/mini";
import { generateKey } from "@licensing/core/keyring/signing-key.ts";
import { english } from "@licensing/core/base/english.ts";
import { parsedJson } from "@licensing/core/base/parsed-json.ts";
import { DamagedDataError } from "../terminal/data-folder.ts";

/** One machine's secrets: made once and kept in the data folder, so that a restart reads its own certificates. */
const secrets = z.strictObject({
  signingKeyPem: z.string(),
  applicationSecret: z.string(),
  keyPepper: z.string(),
  keyringSecret: z.string(),
  dumpSecret: z.string(),
  ownerPassword: z.string(),
  applicationPassword: z.string(),
  keyringPassword: z.string(),
  redisToken: z.string(),
});
export type LocalSecrets = z.infer<typeof secrets>;

/** Null: in memory, for a run that leaves nothing. */
export function openSecrets(file: string | null): LocalSecrets {
  const kept = file !== null && existsSync(file) ? parsedJson(readFileSync(file, "utf8")) : {};
  const made: LocalSecrets = {
    signingKeyPem: generateKey().privatePem,
    applicationSecret: randomBytes(32).toString("base64"),
    keyPepper: randomBytes(32).toString("base64url"),
    keyringSecret: randomBytes(32).toString("base64"),
    dumpSecret: randomBytes(32).toString("base64"),
    ownerPassword: randomBytes(18).toString("base64url"),
    applicationPassword: randomBytes(18).toString("base64url"),
    keyringPassword: randomBytes(18).toString("base64url"),
    redisToken: randomBytes(24).toString("base64url"),
  };
  // A folder of an earlier version lacks the newer secrets.
  const opened = secrets.safeParse(typeof kept === "object" ? { ...made, ...kept } : undefined, { error: english });
  if (!opened.success) throw new DamagedDataError(file ?? "", opened.error);
  if (file !== null) writeFileSync(file, `${JSON.stringify(opened.data, null, 2)}\n`, { mode: 0o600 });
  return opened.data;
}
