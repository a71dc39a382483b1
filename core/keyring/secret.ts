import { hkdfSync } from "node:crypto";
import { decodeSecret, secretIdBytes, secretIdInfo, secretOf, type ApplicationSecret } from "./application-secret.ts";

/** The secret that seals new certificates, and every secret that opens existing ones, by id. */
export type SecretRing = {
  readonly current: ApplicationSecret;
  readonly byId: ReadonlyMap<string, ApplicationSecret>;
};

/**
 * Parses an application secret: exactly 32 bytes in base64, base64url or hex. 64 hex characters are read as hex. Throws KeyFault,
 * which never contains the text.
 */
export function parseSecret(text: string): ApplicationSecret {
  const bytes = decodeSecret(text);
  const id = Buffer.from(hkdfSync("sha256", bytes, "", secretIdInfo, secretIdBytes)).toString("base64url");
  return secretOf(id, bytes);
}

/** The secret in use and, while it is being changed, the previous one. Equal secrets count once. */
export function secretRing(current: ApplicationSecret, previous?: ApplicationSecret): SecretRing {
  const byId = new Map([[current.id, current]]);
  if (previous !== undefined && !byId.has(previous.id)) byId.set(previous.id, previous);
  return { current, byId };
}
