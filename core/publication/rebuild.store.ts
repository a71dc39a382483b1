import type { Redis } from "@upstash/redis";
import type { RebuildPosition } from "./queue.store.ts";

/**
 * The key by which a Redis that lost its data is recognized: only the loss itself removes it. It says `whole` once every certificate
 * is there. While the key is missing or holds a position, the rebuild goes on from that position. A loss during the rebuild removes
 * the position too, so the rebuild begins again. The key doesn't reveal a Redis that was restored to an older state: there
 * certificates are replaced when half of their lifetime is over.
 */
const sentinelKey = "licensing:certificate:sentinel";
const whole = "whole";

/** How far the rebuild has come; undefined: there is nothing to rebuild. One round trip. Throws RedisError. */
export async function readRebuild(redis: Redis): Promise<RebuildPosition | undefined> {
  const value = await redis.get<string>(sentinelKey);
  if (value === whole) return undefined;
  const [, pass, after] = /^(denying|all|ending):([0-9]{1,19})$/.exec(value ?? "") ?? [];
  return pass === "denying" || pass === "all" || pass === "ending" ? { pass, after: after ?? "0" } : { pass: "denying", after: "0" };
}

/** Begins a rebuild unless one is under way. */
export async function beginRebuild(redis: Redis): Promise<void> {
  await redis.set(sentinelKey, "denying:0", { nx: true });
}

/** Begins a rebuild of a Redis whose sentinel says that it is whole although it isn't. */
export async function demandRebuild(redis: Redis): Promise<void> {
  await redis.set(sentinelKey, "denying:0");
}

/** Stores how far the rebuild has come (undefined: it is done), unless Redis was lost again meanwhile. */
export async function advanceRebuild(redis: Redis, position: RebuildPosition | undefined): Promise<void> {
  await redis.set(sentinelKey, position === undefined ? whole : `${position.pass}:${position.after}`, { xx: true });
}
