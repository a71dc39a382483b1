import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { parsedJson } from "@licensing/core/base/parsed-json.ts";
import { endpointNames, portOptions } from "../terminal/options.ts";
import type { Ports } from "../terminal/options.ts";

type Endpoint = (typeof endpointNames)[number];

const labels = { gateway: "the API", sql: "the database", redis: "Redis", issuer: "the identity provider" } as const;

/**
 * The ports to listen on: the named ones, and for the others those that the file keeps from the last start, so that tokens, whose
 * issuer is named by its port, and consumers go on. Throws if one is taken; with `--port 0` the API takes another one then.
 */
export async function choosePorts(named: Ports, file: string | null): Promise<Ports> {
  const kept = file === null ? {} : readKept(file);
  const chosen: Partial<Record<Endpoint, number>> = {};
  for (const endpoint of endpointNames) {
    const port = named[endpoint] ?? kept[endpoint] ?? 0;
    if (port !== 0 && !(await isFree(port))) throw new Error(taken(endpoint, port, named[endpoint] === undefined));
    chosen[endpoint] = port;
  }
  const last = kept.gateway;
  return named.gateway === 0 && last !== undefined && (await isFree(last)) ? { ...chosen, gateway: last } : chosen;
}

export function keepPorts(file: string, ports: Ports): void {
  writeFileSync(file, `${JSON.stringify(ports)}\n`, { mode: 0o600 });
}

/** A file that can't be read keeps nothing: other ports only cost new tokens and consumers' settings. */
function readKept(file: string): Ports {
  const kept = existsSync(file) ? parsedJson(readFileSync(file, "utf8")) : undefined;
  if (typeof kept !== "object" || kept === null) return {};
  const isPort = (value: unknown): boolean => Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536;
  return Object.fromEntries(Object.entries(kept).filter(([endpoint, value]) => endpointNames.some((name) => name === endpoint) && isPort(value)));
}

function taken(endpoint: Endpoint, port: number, isKept: boolean): string {
  const option = portOptions[endpoint];
  if (!isKept) return `Port ${port} on 127.0.0.1 is in use. Stop its process, or name another port with ${option} (0: any free one).`;
  const since = `Port ${port} on 127.0.0.1, which ${labels[endpoint]} has had since the first start with this data folder, is in use.`;
  return `${since} Stop its process, or start with ${option} 0. Existing tokens and consumers' settings are then no longer valid.`;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
