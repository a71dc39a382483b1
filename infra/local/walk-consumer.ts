import { assess } from "@licensing/core/license/assess.ts";
import { seatDigest } from "@licensing/core/certificate/seat-digest.ts";
import { getCertificate } from "@licensing/core/certificate/certificate.store.ts";
import { verifyCertificate } from "@licensing/core/certificate/certificate.ts";
import { parsePublicKeys } from "@licensing/core/keyring/key.ts";
import { trustedRing } from "@licensing/core/keyring/ring.ts";
import { parseSecret, secretRing } from "@licensing/core/keyring/secret.ts";
import type { Machine } from "./machine.ts";

export type Watched = {
  readonly answer: () => Promise<string>;
  readonly until: (wanted: string) => Promise<string>;
  readonly close: () => void;
};

const lookEveryMs = 20;
const looksMax = 250;

/** A consumer of the certificate in Redis: it never calls the service. */
export async function watchConsumer(machine: Machine, { licenseId, fingerprint }: { readonly licenseId: string; readonly fingerprint: string }): Promise<Watched> {
  const ring = trustedRing(parsePublicKeys(machine.publicPem));
  const secrets = secretRing(parseSecret(machine.environment["APP_ENV_APPLICATION_SECRET"] ?? "")).byId;
  const answer = async (): Promise<string> => {
    const nowMs = Date.now();
    const verdict = verifyCertificate(await getCertificate(machine.runtime.redis, licenseId), { licenseId, ring, secrets, nowMs });
    if (!verdict.ok) return `unknown: ${verdict.reason}`;
    const { license } = verdict.claims;
    const seat = license.seats.includes(seatDigest(licenseId, fingerprint)) ? "held" : "none";
    const ms = (text: string | null) => (text === null ? null : Date.parse(text));
    const standing = { ...license, startsAtMs: ms(license.startsAt), expiresAtMs: ms(license.expiresAt), graceUntilMs: ms(license.graceUntil) };
    return assess(standing, { seat, features: [] }, nowMs).valid ? "active" : "denied";
  };
  const until = async (wanted: string): Promise<string> => {
    for (let look = 1; look < looksMax; look += 1) {
      const now = await answer();
      if (now === wanted) return now;
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    return answer();
  };
  return { answer, until, close: () => undefined };
}
