import { tmpdir } from "node:os";
import { startChild } from "./child.ts";
import type { Child } from "./child.ts";
import { onFreePort } from "./free-port.ts";
import { startStoreServer } from "./redis-in-process.ts";
import { find, pathOf, realRedis } from "./wanted.ts";

export interface RedisServer {
  url: string;
  stop(): Promise<void>;
}

/** More databases than services that the tests start, since each takes one. */
export const REDIS_DATABASES = 4096;

/** Starts an empty Redis (or Valkey) on loopback without persistence; if none is on the PATH, the in-process store behind its protocol. */
export async function startRedis(): Promise<RedisServer> {
  if (find(realRedis) === undefined) return startStoreServer();
  return onFreePort(async (port) => {
    const { stop } = await startRealRedis(port);
    return { url: `redis://127.0.0.1:${port}`, stop };
  });
}

/** Starts a real one; rejects if the port is taken or none is on the PATH. */
export async function startRealRedis(port: number): Promise<Child> {
  return startChild({ command: [pathOf(realRedis), ...settings(port)], cwd: tmpdir(), ready: "Ready to accept connections" });
}

function settings(port: number): string[] {
  const values = [
    ["port", String(port)],
    ["bind", "127.0.0.1"],
    ["save", ""],
    ["appendonly", "no"],
    ["databases", String(REDIS_DATABASES)],
  ] as const;
  return values.flatMap(([name, value]) => [`--${name}`, value]);
}
