import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import { parseSecret, secretRing, type SecretRing } from "./secret.ts";

/** The secret that seals and all that open; undefined when this process was given none. */
export function applicationSecrets(runtime: Runtime): SecretRing | undefined {
  return once(runtime, load);
}

function load(runtime: Runtime): SecretRing | undefined {
  const configured = runtime.config.applicationSecret;
  if (configured === undefined) return undefined;
  const previous = configured.previous === undefined ? undefined : parseSecret(configured.previous);
  return secretRing(parseSecret(configured.current), previous);
}
