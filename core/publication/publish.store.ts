import { issueCertificate } from "../certificate/issue.ts";
import type { Issued, Issuing } from "../certificate/issue.ts";
import type { Committed } from "../commit/committed.ts";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import { applicationSecrets } from "../keyring/application-secrets.ts";
import type { SigningKey } from "../keyring/signing-key.ts";
import { signingKey } from "../keyring/signing-keys.store.ts";
import { markedSigner, RingError } from "../keyring/trusted-keys.store.ts";
import { describeError } from "../platform/describe-error.ts";
import { writeMetric } from "../platform/metric.ts";
import { redisOf } from "../platform/redis-client.ts";
import { RedisError } from "../platform/redis.ts";
import type { Runtime } from "../platform/runtime.ts";
import { getCertificate, putCertificate } from "./certificate.store.ts";
import { inspect } from "./inspect.store.ts";
import { visibleBy } from "./publication.ts";
import type { Publication, CertificateSubject } from "./publication.ts";
import { outrankedText } from "./refresh.ts";
import type { ReadBack } from "./refresh.ts";

/** Makes the certificate of a committed change and puts it into Redis. Never throws: the change is already made. */
export function publish(committed: Committed, runtime: Runtime): Promise<Publication> {
  return put(committed, runtime);
}

/**
 * Like `publish`, but also removes the certificate that Redis holds, whatever its score, unless that one is newer. One round trip
 * more.
 */
export async function publishAgain(committed: Committed, runtime: Runtime): Promise<Publication> {
  const { license } = committed;
  const found = await foundOf(runtime, license.id);
  return put(committed, runtime, outrankedText(found, license.sequence));
}

async function put(committed: Committed, runtime: Runtime, replaces?: string): Promise<Publication> {
  const { license } = committed;
  const made = await make(committed, runtime);
  if ("reason" in made) {
    runtime.log.write("warn", made.reason, { licenseId: license.id, sequence: license.sequence });
    writeMetric(runtime, "CertificatesSkipped", { value: 1 });
    return { state: "skipped", reason: made.reason, sequence: license.sequence };
  }
  const details = { sequence: license.sequence, kid: made.kid, certExpiresAt: new Date(made.claims.exp * 1000) };
  try {
    const isNewest = (await putCertificate(redisOf(runtime), made, replaces)) || (await outrankPlanted(runtime, made));
    if (isNewest) return { state: "published", ...details, ...seenBy("published", runtime) };
    runtime.log.write("error", "Redis holds a certificate that isn't this service's newest", { licenseId: license.id, sequence: license.sequence });
    return { state: "pending", reason: "Redis holds another certificate in its place.", ...details, ...seenBy("pending", runtime) };
  } catch (error) {
    runtime.log.write("warn", "Certificate publication pending", { licenseId: license.id, sequence: license.sequence, error: describeError(error) });
    const reason = error instanceof RedisError ? "Redis did not take the certificate in time." : "The certificate could not be sent to Redis.";
    return { state: "pending", reason, ...details, ...seenBy("pending", runtime) };
  }
}

/**
 * For a certificate that isn't the newest in Redis. True: the newest is this service's own and as new or newer, published by a later
 * change. Another one was planted there with a score that its planter chose: it is replaced. Throws RedisError.
 */
async function outrankPlanted(runtime: Runtime, made: Issued): Promise<boolean> {
  const { sub: licenseId, license } = made.claims;
  const found = await getCertificate(redisOf(runtime), licenseId);
  if (found === made.text) return true;
  const held = found === undefined ? undefined : await inspect(found, { licenseId, runtime });
  if (held !== undefined && held.claims.license.sequence >= license.sequence) return true;
  return putCertificate(redisOf(runtime), made, found);
}

/** The certificate of a committed license, or the reason why this process can't make one. */
export async function make(
  committed: Pick<Committed, "license" | "seats" | "signingKid">,
  runtime: Runtime,
): Promise<Issued | { readonly reason: string }> {
  const signer = await signerOf(runtime, committed.signingKid);
  if ("reason" in signer) return signer;
  try {
    return issueCertificate(committed, issuing(runtime), signer);
  } catch (error) {
    runtime.log.write("error", "Certificate could not be made", { licenseId: committed.license.id, error: describeError(error) });
    return { reason: "The certificate could not be made." };
  }
}

/** Issuer, audience, lifetime and moment of a certificate. */
export function issuing(runtime: Runtime): Issuing {
  const jti = Buffer.from(runtime.random(16)).toString("base64url");
  return { ...runtime.config.certificate, now: runtime.now(), jti };
}

function seenBy(state: Publication["state"], runtime: Runtime): { visibleBy?: Date } {
  const instant = visibleBy(state, runtime.now());
  return instant === undefined ? {} : { visibleBy: instant };
}

/**
 * The certificate that Redis holds for a license, and its claims if it can be verified. Never throws: if Redis is away, nothing
 * was found.
 */
async function foundOf(runtime: Runtime, licenseId: string): Promise<{ readonly text: string | undefined; readonly held: ReadBack | undefined }> {
  try {
    const text = await getCertificate(redisOf(runtime), licenseId);
    return { text, held: text === undefined ? undefined : await inspect(text, { licenseId, runtime }) };
  } catch {
    return { text: undefined, held: undefined };
  }
}

/** The current state of a change's certificate, for a replayed answer. Never throws. */
export async function currentPublication({ license, signingKid }: CertificateSubject, runtime: Runtime): Promise<Publication> {
  const { held: newest } = await foundOf(runtime, license.id);
  if (newest === undefined || newest.claims.license.sequence < license.sequence) {
    const signer = await signerOf(runtime, signingKid ?? null);
    if ("reason" in signer) return { state: "skipped", reason: signer.reason, sequence: license.sequence };
    return { state: "pending", sequence: license.sequence, ...seenBy("pending", runtime) };
  }
  const instant = visibleBy("published", new Date(newest.claims.iat * 1000));
  return {
    state: "published",
    sequence: newest.claims.license.sequence,
    kid: newest.kid,
    certExpiresAt: new Date(newest.claims.exp * 1000),
    ...(instant === undefined ? {} : { visibleBy: instant }),
  };
}

/** The key that signs certificates and the secret that encrypts them. */
type Signer = { readonly signingKey: SigningKey; readonly secret: ApplicationSecret };

/**
 * The signer of this process, or the reason why it has none, in words that operators know. `activeKid`: the table's active key,
 * which counts only if the marked ring names it too.
 * Never throws.
 */
export async function signerOf(runtime: Runtime, activeKid: string | null): Promise<Signer | { readonly reason: string }> {
  const secrets = applicationSecrets(runtime);
  try {
    const key = await signingKey(runtime, await markedSigner(runtime, activeKid));
    if (key === undefined) return { reason: "Ed25519 private key not configured" };
    return secrets === undefined ? { reason: "Application secret not configured" } : { signingKey: key, secret: secrets.current };
  } catch (error) {
    runtime.log.write("error", "Signing keys could not be read", { error: describeError(error) });
    return { reason: error instanceof RingError ? error.message : "Ed25519 private key can't be read" };
  }
}
