import { hkdfSync } from "node:crypto";
import { decodeSecret, secretIdBytes, secretIdInfo, secretOf, type ApplicationSecret } from "./application-secret.ts";

/** The secret that seals, and all that open, by id. */
export type SecretRing = {
  readonly current: ApplicationSecret;
  readonly byId: ReadonlyMap<string, ApplicationSecret>;
};

/**
 * An application secret from its text: exactly 32 bytes in base64, base64url or hex; 64 hex characters are hex.
 * Throws KeyFault, which never contains the text.
 */
export function parseSecret(text: string): ApplicationSecret {
  const bytes = decodeSecret(text);
  const id = Buffer.from(hkdfSync("sha256", bytes, "", secretIdInfo, secretIdBytes)).toString("base64url");
  return secretOf(id, bytes);
}

/** The secret in use and, during a change, the one before it. Equal ones count once. */
export function secretRing(current: ApplicationSecret, previous?: ApplicationSecret): SecretRing {
  const byId = new Map([[current.id, current]]);
  if (previous !== undefined && !byId.has(previous.id)) byId.set(previous.id, previous);
  return { current, byId };
}
