import { describe, expect, test } from "vitest";
import { addCertificate, getCertificate, putCertificate } from "@licensing/core/publication/certificate.store.ts";
import { certificateKey } from "@licensing/core/certificate/address.ts";
import type { Issued } from "@licensing/core/certificate/issue.ts";
import { sealCertificate } from "@licensing/core/certificate/seal.ts";
import { claimsFor, secret, signingKey } from "../support/certificate-fixture.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { startService } from "../support/service.ts";

const service = await startService();
const rounds = 100;

function issuedAt(licenseId: string, sequence: number): Issued {
  const claims = claimsFor({ id: licenseId, sequence });
  return { claims, text: sealCertificate(claims, { signingKey, secret }), kid: signingKey.kid };
}

/** Publications of one license by three publishers, in an order that differs from round to round. */
function publishers(round: number): readonly Issued[] {
  const licenseId = String(7_000_000 + round);
  const orders = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]];
  return (orders[round % orders.length] ?? []).map((sequence) => issuedAt(licenseId, sequence));
}

async function staleRounds(put: (issued: Issued) => Promise<unknown>, get: (licenseId: string) => Promise<string | null | undefined>): Promise<number> {
  let stale = 0;
  for (let round = 0; round < rounds; round += 1) {
    const racing = publishers(round);
    await Promise.all(racing.map(put));
    const newest = racing.find((issued) => issued.claims.license.sequence === 3);
    if ((await get(newest?.claims.sub ?? "")) !== newest?.text) stale += 1;
  }
  return stale;
}

describe("100 rounds of three publishers in any order", () => {
  const redis = redisOf(service.runtime);

  test("leave the newest certificate and no other", async () => {
    expect(await staleRounds((issued) => putCertificate(redis, issued), (licenseId) => getCertificate(redis, licenseId))).toBe(0);
    expect(await redis.zcard(certificateKey("7000000"))).toBe(1);
  });

  test("(control) leave an older one with a plain SET", async () => {
    const key = (licenseId: string) => `plain:${licenseId}`;
    const stale = await staleRounds((issued) => redis.set(key(issued.claims.sub), issued.text), (licenseId) => redis.get<string>(key(licenseId)));
    expect(stale).toBeGreaterThan(0);
  });
});

test("a late publisher of an older certificate doesn't shorten the newer one's life, nor does a refresh lose it", async () => {
  const redis = redisOf(service.runtime);
  const long = { ...issuedAt("8000001", 2) };
  const nowSeconds = Math.floor(Date.now() / 1000);
  const newer = { ...long, claims: { ...long.claims, iat: nowSeconds, exp: nowSeconds + 5_000 } };
  const older = { ...issuedAt("8000001", 1), claims: { ...claimsFor({ id: "8000001", sequence: 1 }), iat: nowSeconds, exp: nowSeconds + 60 } };
  await putCertificate(redis, newer);
  await putCertificate(redis, older);
  expect(await redis.ttl(certificateKey("8000001"))).toBeGreaterThan(4_000);
  const multi = redis.multi();
  addCertificate(multi, newer);
  await multi.exec();
  expect(await getCertificate(redis, "8000001")).toBe(newer.text);
});
