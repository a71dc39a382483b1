import { neonConfig } from "@neondatabase/serverless";
import { isLoopbackHostname } from "../../infra/local/wire/loopback.ts";

/** Sends the driver's requests for this machine to this machine, and all others where it would. The setting is global. */
export function reachLoopback(): void {
  const deployed = neonConfig.fetchEndpoint;
  neonConfig.fetchEndpoint = (host, port, options) => {
    if (isLoopbackHostname(host)) return `http://${host}:${port}/sql`;
    return typeof deployed === "function" ? deployed(host, port, options) : deployed;
  };
}
