import { existsSync } from "node:fs";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { openRunServers } from "../support/run-servers.ts";

test("simultaneous requests for the run's Redis get the same one, which stops with the run", async () => {
  const servers = await openRunServers();
  const ask = async () => (await fetch(`${servers.url}/redis`)).text();
  const urls = await Promise.all([ask(), ask(), ask()]);
  expect(new Set(urls).size).toBe(1);
  const redis = new Redis(urls[0] ?? "", { protocol: 2, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on("error", () => undefined);
  expect(await redis.incr("key")).toBe(1);
  const closed = new Promise((resolve) => redis.once("end", resolve));
  await servers.stop();
  await closed;
});

test("the keys of the run's identity providers are made once, and removed with the run", async () => {
  const servers = await openRunServers();
  const ask = async () => (await fetch(`${servers.url}/issuer-keys`)).text();
  const [file = "", ...others] = await Promise.all([ask(), ask(), ask()]);
  expect(others).toEqual([file, file]);
  expect(existsSync(file)).toBe(true);
  await servers.stop();
  expect(existsSync(file)).toBe(false);
});

test("an unknown server is 404, and a run that needs none stops at once", async () => {
  const servers = await openRunServers();
  expect((await fetch(`${servers.url}/elsewhere`)).status).toBe(404);
  await servers.stop();
});
