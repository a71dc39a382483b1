import { certificateKey } from "@licensing/core/certificate/address.ts";
import { verifyCertificate } from "@licensing/core/certificate/certificate.ts";
import { applicationSecrets } from "@licensing/core/keyring/application-secrets.ts";
import { parseJwks } from "@licensing/core/keyring/jwks.ts";
import { verifyKeysOf } from "@licensing/core/keyring/verify-key.ts";
import type { VerifyKey } from "@licensing/core/keyring/verify-key.ts";
import { trustedRing } from "@licensing/core/keyring/ring.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { base } from "../support/service.ts";
import type { Service } from "../support/service.ts";

/** The time for which a consumer keeps a read key set. */
export const ringSeconds = 300;

type Consumer = { readonly skewSeconds: number; ring: ReadonlyMap<string, VerifyKey>; fetchedAtMs: number };
export type Fleet = {
  /** Each consumer verifies its share of a sample; answers every refusal, `missing` included. */
  readonly verify: (licenseIds: readonly string[]) => Promise<readonly string[]>;
  readonly verified: () => number;
};

/**
 * Three consumers of one service: each has a ring of its own from the JWKS, read at another time and kept as long as allowed, a
 * clock that is wrong by up to a minute, and certificates from Redis.
 */
export function createFleet(service: Pick<Service, "origin" | "runtime" | "clock">): Fleet {
  const consumers: Consumer[] = [-60, 0, 60].map((skewSeconds) => ({ skewSeconds, ring: new Map(), fetchedAtMs: 0 }));
  let verified = 0;
  const refresh = async (consumer: Consumer, place: number): Promise<void> => {
    const nowMs = service.clock.now().getTime();
    // Each begins a little later than the previous one.
    if (nowMs - consumer.fetchedAtMs < ringSeconds * 1000 - place * 45_000 && consumer.fetchedAtMs > 0) return;
    const answer = await fetch(`${service.origin}${base}/.well-known/jwks.json`);
    consumer.ring = trustedRing(parseJwks(await answer.json(), verifyKeysOf).keys);
    consumer.fetchedAtMs = nowMs;
  };
  return {
    verified: () => verified,
    verify: async (licenseIds) => {
      const pipeline = redisOf(service.runtime).pipeline();
      for (const licenseId of licenseIds) pipeline.zrange(certificateKey(licenseId), -1, -1);
      const texts = (await pipeline.exec<string[][]>()).map(([text]) => text);
      const secrets = applicationSecrets(service.runtime)?.byId ?? new Map();
      const refusals: string[] = [];
      for (const [place, consumer] of consumers.entries()) {
        await refresh(consumer, place);
        const nowMs = service.clock.now().getTime() + consumer.skewSeconds * 1000;
        for (const [index, licenseId] of licenseIds.entries()) {
          if (index % consumers.length !== place) continue;
          const verdict = texts[index] === undefined ? undefined : verifyCertificate(texts[index], { licenseId, ring: consumer.ring, secrets, nowMs });
          verified += 1;
          if (verdict?.ok !== true) refusals.push(verdict?.reason ?? "missing");
        }
      }
      return refusals;
    },
  };
}
