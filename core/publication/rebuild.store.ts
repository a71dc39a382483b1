import type { Redis } from "@upstash/redis";
import type { RebuildPosition } from "./queue.store.ts";

/**
 * How a lost Redis is told from a whole one: by one key that nothing removes but the loss itself. While it is missing or
 * says how far a rebuild has come, the rebuild goes on from there; a loss during the rebuild takes it along, so that the
 * rebuild begins again. A Redis that was put back to an older state is not told by it: its certificates are replaced as they
 * come to half of their life.
 */
const sentinelKey = "licensing:certificate:sentinel";
const whole = "whole";

/** How far the rebuild has come; undefined: nothing is to be rebuilt. One round trip. Throws RedisError. */
export async function readRebuild(redis: Redis): Promise<RebuildPosition | undefined> {
  const value = await redis.get<string>(sentinelKey);
  if (value === whole) return undefined;
  const [, pass, after] = /^(denying|all):([0-9]{1,19})$/.exec(value ?? "") ?? [];
  return pass === "denying" || pass === "all" ? { pass, after: after ?? "0" } : { pass: "denying", after: "0" };
}

/** Begins a rebuild where none is under way. */
export async function beginRebuild(redis: Redis): Promise<void> {
  await redis.set(sentinelKey, "denying:0", { nx: true });
}

/** Writes down how far the rebuild has come (undefined: it is done), unless Redis was lost again meanwhile. */
export async function advanceRebuild(redis: Redis, position: RebuildPosition | undefined): Promise<void> {
  await redis.set(sentinelKey, position === undefined ? whole : `${position.pass}:${position.after}`, { xx: true });
}
