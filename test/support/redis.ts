import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { startChild } from "./child.ts";
import { onFreePort } from "./free-port.ts";

export interface RedisServer {
  url: string;
  stop(): Promise<void>;
}

/** More than there are test files: each takes one of its own. */
export const REDIS_DATABASES = 1024;

/** Starts an empty Redis (or Valkey) on loopback that keeps nothing. Throws, saying what to install, without a binary. */
export async function startRedis(): Promise<RedisServer> {
  const binary = ["redis-server", "valkey-server"].find((name) => spawnSync(name, ["--version"]).status === 0);
  if (binary === undefined) {
    throw new Error("No Redis for the tests: install redis-server (Debian: apt-get install redis-server).");
  }
  return onFreePort(async (port) => {
    const server = await startChild({
      command: [binary, ...settings(port)],
      cwd: tmpdir(),
      ready: "Ready to accept connections",
    });
    return { url: `redis://127.0.0.1:${port}`, stop: server.stop };
  });
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
