import { neonConfig } from "@neondatabase/serverless";
import { isLoopbackHostname } from "../../infra/local/wire/loopback.ts";

/** Sends the driver's requests for loopback addresses to this machine, and leaves all others. The setting is global. */
export function reachLoopback(): void {
  const deployed = neonConfig.fetchEndpoint;
  neonConfig.fetchEndpoint = (host, port, options) => {
    if (isLoopbackHostname(host)) return `http://${host}:${port}/sql`;
    return typeof deployed === "function" ? deployed(host, port, options) : deployed;
  };
}
