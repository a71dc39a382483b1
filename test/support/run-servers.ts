import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";

/** The test files of one run share PostgreSQL, Redis, and the keys of the local identity provider. Two of the keys are RSA keys, which are slow to make. */
export type ServerName = "postgres" | "redis" | "issuer-keys";

export type RunServers = {
  /** `GET <url>/<name>` answers a server's address once it serves, or the path of the keys; the first request starts or makes it. */
  readonly url: string;
  /** Stops the started servers. */
  readonly stop: () => Promise<void>;
};

type Running = { readonly url: string; readonly stop: () => Promise<void> };

/** Modules that a run without servers never loads. */
const starts: Readonly<Record<ServerName, () => Promise<Running>>> = {
  postgres: async () => {
    const [{ startPostgres }, { prepareTemplate }] = await Promise.all([import("./postgres.ts"), import("./template.ts")]);
    const cluster = await startPostgres();
    try {
      await prepareTemplate(cluster.url);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  },
  redis: async () => (await import("./redis.ts")).startRedis(),
  "issuer-keys": async () => {
    const { openIssuerKeys } = await import("../../infra/local/issuer/issuer-keys.ts");
    const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-issuer-"));
    const file = path.join(folder, "keys.json");
    await openIssuerKeys(file);
    return { url: file, stop: () => rm(folder, { recursive: true, force: true }) };
  },
};
const isServer = (name: string): name is ServerName => Object.hasOwn(starts, name);

/** One PostgreSQL with the template, and one Redis, started at the first request on loopback. */
export async function openRunServers(): Promise<RunServers> {
  const started = new Map<ServerName, Promise<Running>>();
  const start = (name: ServerName): Promise<Running> => {
    const running = started.get(name) ?? starts[name]();
    started.set(name, running);
    return running;
  };
  const server = createServer((request, response) => {
    const name = (request.url ?? "").slice(1);
    if (!isServer(name)) return void response.writeHead(404).end();
    start(name).then(
      ({ url }) => response.end(url),
      (error: unknown) => fail(response, error),
    );
  });
  // A start takes as long as the machine needs for it. A connection that the server ended could be used once more by a slow client.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 0;
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      const settled = await Promise.allSettled(started.values());
      const running = settled.filter((result) => result.status === "fulfilled");
      await Promise.all(running.map(({ value }) => value.stop()));
    },
  };
}

function fail(response: ServerResponse, error: unknown): void {
  response.writeHead(500).end(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
