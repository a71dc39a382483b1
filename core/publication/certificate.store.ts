import type { Redis } from "@upstash/redis";
import { certificateKey } from "../certificate/address.ts";
import type { Issued } from "../certificate/issue.ts";
import { RedisError } from "../platform/redis.ts";

/** Seconds of the score count from here, so that they fit in 30 bits until 2060. */
const epochSeconds = Date.UTC(2026, 0, 1) / 1000;
const secondsSpan = 2 ** 30;
/** More than a license can have: 2⁴⁰ events are one a second for 35,000 years. */
const sequenceMax = 2 ** 40;

/**
 * The order of a license's certificates: by sequence, then by when they were issued, as sequence × 2³⁰ + seconds since 2026.
 * Exact below 2⁵³, which is the first 2²³ events: a double, and so a Redis score, holds that. Beyond, the sequence still
 * decides, always, and only certificates of one sequence are told apart less finely: by 2 seconds up to 2²⁴ events, and
 * so on. Throws RangeError before 2026, from 2060 on, and for what is no sequence.
 */
function certificateScore(sequence: number, issuedAtSeconds: number): number {
  const seconds = issuedAtSeconds - epochSeconds;
  if (!Number.isInteger(sequence) || sequence < 0 || sequence > sequenceMax) throw new RangeError("sequence: out of range");
  if (!Number.isInteger(seconds) || seconds < 0 || seconds >= secondsSpan) throw new RangeError("iat: out of range");
  return sequence * secondsSpan + seconds;
}

/**
 * Puts certificates where consumers read them. The newest stays, whatever order publishers arrive in: a sorted set scored
 * by sequence and time of issue, of which only the highest is kept. No Lua, and safe to send again.
 */
type Pipeline = ReturnType<Redis["multi"]>;

/**
 * One transaction, one round trip; a second one where something else than certificates has got into the key, which is
 * removed. `replaces`: see `addCertificate`. Throws RedisError.
 */
export async function putCertificate(redis: Redis, issued: Issued, replaces?: string): Promise<void> {
  const multi = redis.multi();
  addCertificate(multi, issued, replaces);
  try {
    await multi.exec();
  } catch (error) {
    if (!(error instanceof RedisError) || error.code !== "WRONGTYPE") throw error;
    const again = redis.multi().del(certificateKey(issued.claims.sub));
    addCertificate(again, issued);
    await again.exec();
  }
}

/**
 * The commands of one publication. `EXPIRE … NX` gives a new key a life at all; `EXPIREAT … GT` only ever prolongs it, so
 * that a late, older publisher can't shorten the newer one's. Readers trust `exp`, not this.
 *
 * `replaces` is a certificate that must go whatever its score: one that can't be believed, of the same sequence and issued by
 * a clock that was ahead, or an older one put back with a score of somebody's own. It goes after the new one has come, so
 * that no reader finds nothing.
 */
export function addCertificate(pipeline: Pipeline, { text, claims }: Issued, replaces?: string): void {
  const key = certificateKey(claims.sub);
  pipeline.zadd(key, { score: certificateScore(claims.license.sequence, claims.iat), member: text });
  if (replaces !== undefined && replaces !== text) pipeline.zrem(key, replaces);
  pipeline.zremrangebyrank(key, 0, -2);
  pipeline.expire(key, Math.max(1, claims.exp - claims.iat), "NX");
  pipeline.expireat(key, claims.exp, "GT");
}

/** The newest certificate of a license, or undefined. One round trip. Throws RedisError. */
export async function getCertificate(redis: Redis, licenseId: string): Promise<string | undefined> {
  const [newest] = await redis.zrange<string[]>(certificateKey(licenseId), -1, -1);
  return newest;
}

/**
 * The newest certificate of each license, in their order, in one round trip; `unreadable` where something else is in its
 * place, which costs a few round trips more and doesn't hide the others. Throws RedisError.
 */
export async function getCertificates(redis: Redis, licenseIds: readonly string[]): Promise<readonly (string | "unreadable" | undefined)[]> {
  if (licenseIds.length === 0) return [];
  try {
    const pipeline = redis.pipeline();
    for (const licenseId of licenseIds) pipeline.zrange(certificateKey(licenseId), -1, -1);
    const replies = await pipeline.exec<string[][]>();
    return replies.map(([newest]) => newest);
  } catch (error) {
    if (!(error instanceof RedisError) || error.code !== "WRONGTYPE") throw error;
    if (licenseIds.length === 1) return ["unreadable"];
    const half = Math.floor(licenseIds.length / 2);
    return [...(await getCertificates(redis, licenseIds.slice(0, half))), ...(await getCertificates(redis, licenseIds.slice(half)))];
  }
}
