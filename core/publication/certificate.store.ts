import type { Redis } from "@upstash/redis";
import { certificateKey } from "../certificate/address.ts";
import type { Issued } from "../certificate/issue.ts";
import { RedisError } from "../platform/redis.ts";

/** The score counts seconds from here, so that they fit in 30 bits until 2060. */
const epochSeconds = Date.UTC(2026, 0, 1) / 1000;
const secondsSpan = 2 ** 30;
/** No license reaches it: 2⁴⁰ events are one a second for 35,000 years. */
const sequenceMax = 2 ** 40;

/**
 * The score that orders a license's certificates by sequence and then by time of issue: sequence × 2³⁰ + seconds since 2026. It
 * is exact below 2⁵³, the range in which a double holds every integer: that covers the first 2²³ events. Beyond that the sequence
 * still decides, and the time of issue is rounded: to 2 seconds up to 2²⁴ events, to 4 up to 2²⁵, and so on. Throws RangeError
 * for a time before 2026 or from 2060 on, and for a sequence that is negative, too large or not an integer.
 */
function certificateScore(sequence: number, issuedAtSeconds: number): number {
  const seconds = issuedAtSeconds - epochSeconds;
  if (!Number.isInteger(sequence) || sequence < 0 || sequence > sequenceMax) throw new RangeError("sequence: out of range");
  if (!Number.isInteger(seconds) || seconds < 0 || seconds >= secondsSpan) throw new RangeError("iat: out of range");
  return sequence * secondsSpan + seconds;
}

type Pipeline = ReturnType<Redis["multi"]>;

/**
 * Puts a certificate where consumers read it. The newest stays, whatever order publishers arrive in: the key is a sorted set,
 * scored by sequence and time of issue, and only its highest member is kept. The commands need no Lua, and sending them twice
 * does no harm.
 *
 * One transaction, one round trip. If the key holds another type, a second round trip replaces it. `replaces`: see
 * `addCertificate`. Returns whether this certificate was seen to be the newest: no other member had as high a score. Throws
 * RedisError.
 */
export async function putCertificate(redis: Redis, issued: Issued, replaces?: string): Promise<boolean> {
  const put = async (multi: Pipeline): Promise<boolean> => {
    addCertificate(multi, issued, replaces);
    const replies = await multi.exec<unknown[]>();
    return replies.at(countAt) === 1;
  };
  try {
    return await put(redis.multi());
  } catch (error) {
    if (!(error instanceof RedisError) || error.code !== "WRONGTYPE") throw error;
    return put(redis.multi().del(certificateKey(issued.claims.sub)));
  }
}

/** The place, from the end, of the reply that counts the members with as high a score. */
const countAt = -4;

/**
 * Adds the commands of one publication to a pipeline. `EXPIRE … NX` gives a new key its lifetime. `EXPIREAT … GT` only ever
 * prolongs it, so a late, older publisher can't shorten the newer certificate's. Readers trust `exp`, not the key's lifetime.
 *
 * `replaces` is a certificate to remove whatever its score: one that can't be verified, one of the same sequence issued by a
 * clock that was ahead, or an older one that somebody put back with a forged score. It is removed after the new one is added, so
 * that no reader finds the key empty.
 */
export function addCertificate(pipeline: Pipeline, { text, claims }: Issued, replaces?: string): void {
  const key = certificateKey(claims.sub);
  const score = certificateScore(claims.license.sequence, claims.iat);
  pipeline.zadd(key, { score, member: text });
  if (replaces !== undefined && replaces !== text) pipeline.zrem(key, replaces);
  pipeline.zcount(key, score, "+inf");
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
 * The newest certificate of each license, in the order of `licenseIds`, in one round trip. A key of another type reads as
 * `unreadable`; it costs a few round trips more and doesn't hide the others. Throws RedisError.
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
