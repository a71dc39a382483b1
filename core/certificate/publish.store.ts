import "../at-start.ts";
import { describeError } from "../platform/describe-error.ts";
import { writeMetric } from "../platform/metric.ts";
import type { Committed } from "../lifecycle/committed.ts";
import type { Runtime } from "../platform/runtime.ts";
import { redisOf } from "../platform/redis-client.ts";
import { getCertificate, putCertificate } from "./certificate.store.ts";
import { inspect } from "./inspect.ts";
import { issueCertificate } from "./issue.ts";
import type { Issued, Issuing } from "./issue.ts";
import type { Publication } from "./publication.ts";
import { visibleBy } from "./publication.ts";
import { signerOf } from "./signer.ts";

/** Makes the certificate of a committed change and puts it into Redis. Never throws: the change is already made. */
export async function publish(committed: Committed, runtime: Runtime): Promise<Publication> {
  const { license } = committed;
  const made = await make(committed, runtime);
  if ("reason" in made) {
    runtime.log.write("warn", made.reason, { licenseId: license.id, sequence: license.sequence });
    writeMetric(runtime, "CertificatesSkipped", { value: 1 });
    return { state: "skipped", reason: made.reason, sequence: license.sequence };
  }
  const details = { sequence: license.sequence, kid: made.kid, certExpiresAt: new Date(made.claims.exp * 1000) };
  try {
    await putCertificate(redisOf(runtime), made);
    return { state: "published", ...details, ...seenBy("published", runtime) };
  } catch (error) {
    runtime.log.write("warn", "Certificate publication pending", { licenseId: license.id, sequence: license.sequence, error: describeError(error) });
    return { state: "pending", reason: "Redis did not take the certificate in time.", ...details, ...seenBy("pending", runtime) };
  }
}

/** The certificate of a committed license, or why this process can't make one. */
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

/** Who issues, for whom, when and for how long. */
export function issuing(runtime: Runtime): Issuing {
  const jti = Buffer.from(runtime.random(16)).toString("base64url");
  return { ...runtime.config.certificate, now: runtime.now(), jti };
}

function seenBy(state: Publication["state"], runtime: Runtime): { visibleBy?: Date } {
  const instant = visibleBy(state, runtime.now());
  return instant === undefined ? {} : { visibleBy: instant };
}

/** How a change's certificate stands now: for answers that are given again. Never throws. */
export async function currentPublication(committed: Pick<Committed, "license">, runtime: Runtime): Promise<Publication> {
  const { license } = committed;
  const text = await getCertificate(redisOf(runtime), license.id).catch(() => undefined);
  const newest = text === undefined ? undefined : await inspect(text, { licenseId: license.id, runtime });
  if (newest === undefined || newest.claims.license.sequence < license.sequence) {
    const instant = visibleBy("pending", runtime.now());
    return { state: "pending", sequence: license.sequence, ...(instant === undefined ? {} : { visibleBy: instant }) };
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
