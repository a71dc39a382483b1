import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import { parseSecret, secretRing, type SecretRing } from "./secret.ts";

/** The current secret and every secret that opens certificates; undefined if this process has none. */
export function applicationSecrets(runtime: Runtime): SecretRing | undefined {
  return once(runtime, load);
}

function load(runtime: Runtime): SecretRing | undefined {
  const configured = runtime.config.applicationSecret;
  if (configured === undefined) return undefined;
  const previous = configured.previous === undefined ? undefined : parseSecret(configured.previous);
  return secretRing(parseSecret(configured.current), previous);
}
