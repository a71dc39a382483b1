import { afterAll } from "vitest";
import type { Reply, Sent } from "../support/http-client.ts";
import { createHttpClient } from "../support/http-client.ts";
import { problemFaults } from "../support/checkers.ts";
import { PASSWORDS } from "../support/roles.ts";
import { postgresUrl } from "../support/servers.ts";
import { base } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { spawnService } from "../support/spawn-service.ts";
import type { ServiceProcess } from "../support/spawn-service.ts";

export type Processes = {
  /** Calls each process in turn. */
  readonly send: (sent: Sent) => Promise<Reply>;
  /** Repeats a call while it is answered 503. */
  readonly persist: (sent: Sent) => Promise<Reply>;
  readonly resent: () => number;
  /** Makes the calls that load a process's later modules. */
  readonly warm: (licenseIds: readonly string[], authorization: string) => Promise<void>;
  readonly all: readonly ServiceProcess[];
};

/** Starts processes of a service that share only PostgreSQL and Redis; they end with the test file. */
export async function startProcesses(service: Service, { count, clients }: { readonly count: number; readonly clients: number }): Promise<Processes> {
  const own = { postgresUrl: await postgresUrl(), redisUrl: service.redisUrl, passwords: PASSWORDS };
  const all = await Promise.all(Array.from({ length: count }, () => spawnService({ environment: service.environment, own })));
  const http = all.map(({ origin }) => createHttpClient(origin, clients));
  afterAll(async () => {
    for (const client of http) client.close();
    await Promise.all(all.map((process) => process.kill()));
  });
  let turn = 0;
  let resent = 0;
  const send: Processes["send"] = (sent) => {
    const client = http[(turn += 1) % http.length];
    return client === undefined ? Promise.reject(new Error("no process")) : client.send(sent);
  };
  const persist: Processes["persist"] = async (sent) => {
    for (let sends = 1; ; sends += 1) {
      const reply = await send(sent);
      const isTold = reply.status === 503 && problemFaults(reply).length === 0;
      if (!isTold || sends === sendsMax) return reply;
      resent += 1;
      await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMsMax, 50 * sends)));
    }
  };
  return {
    all,
    send,
    persist,
    resent: () => resent,
    warm: async (licenseIds, authorization) => {
      const [licenseId = "0"] = licenseIds;
      const requests = ["activations", "licenses/validate"].map((path) => ({ method: "POST", path: `${base}/${path}`, headers: { authorization }, body: { licenseId, fingerprint: "?" } }));
      for (const client of http) for (const request of requests) await client.send(request);
    },
  };
}

/** A process that never starts is a fault; a slow one isn't. */
const sendsMax = 300;
const pauseMsMax = 1_000;
