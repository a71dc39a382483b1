import fc from "fast-check";
import { expect, test } from "vitest";
import { startService, base } from "../support/service.ts";
import type { Answer } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { evidence, trailFaults } from "../support/witness.ts";

const service = await startService({ now: "2027-03-01T09:00:00.000Z" });
const { call, clock } = service;

/** Values at the edges of the API's accepted inputs. */
const duration = fc.constantFrom("PT1S", "PT0M1S", "P1D", "P1M", "P11M30D", "P1Y", "P100Y", "P36525D", "PT876600H", "P5217W");
const instant = fc.constantFrom(
  "2000-01-01T00:00:00Z", "2027-02-28T23:59:59.999Z", "2027-03-01T09:00:00Z", "2027-03-01T09:00:00.001+00:00", "2028-02-29T12:00:00-11:59", "2199-12-31T23:59:59.999Z",
);
const name = fc.constantFrom("x", "🗝".repeat(255), "'; drop table \"License\"; --", "$1 ${now} %s \\u0000", "\u202Eright to left", "null", "é");
const limit = fc.constantFrom(1, 2, 2_147_483_647, null);
const features = fc.constantFrom(
  {}, { sso: true }, { a: Number.MAX_SAFE_INTEGER, b: -1e-300, c: 5e-324 }, { quote: "\"'\\{}[]" }, Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`feature-${index}`, true])),
);
const metadata = fc.constantFrom({}, { constructor: "x", toString: 1, "a.b": false }, Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`key-${index}`, "é".repeat(250)])));
const holder = fc.record({ type: fc.constantFrom("u", "organization-of-people"), id: name });
const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });

const policyBody = fc.record({
  duration: orNull(duration), grace: orNull(duration), lease: orNull(duration), minimumIdle: orNull(duration), activationLimit: limit, features,
  expirationBasis: fc.constantFrom("from-issue", "from-first-activation"), renewalBasis: fc.constantFrom("from-expiry", "from-now", "from-now-if-expired"),
  onFull: fc.constantFrom("reject", "evict-oldest-idle"), fingerprintRequired: fc.boolean(),
}, { requiredKeys: [] });
const issueBody = fc.record({ name, features, metadata, activationLimit: limit, startsAt: instant, expiresAt: orNull(instant) }, { requiredKeys: [] });
const patchBody = fc.record({ name: orNull(name), features, metadata, activationLimit: limit, expiresAt: orNull(instant), holder, reason: name }, { requiredKeys: [] });
const fingerprint = fc.constantFrom("machine-0001", "machine-0002", "x".repeat(256), "A:/=+-._", "........");

type Step = { readonly method: string; readonly path: string; readonly body?: unknown };
const step: fc.Arbitrary<Step> = fc.oneof(
  patchBody.map((body) => ({ method: "PATCH", path: "", body })),
  fc.record({ periods: fc.constantFrom(1, 2, 119, 120), reason: name }, { requiredKeys: [] }).map((body) => ({ method: "POST", path: "/renew", body })),
  fc.constantFrom("/suspend", "/reinstate", "/certificate").map((path) => ({ method: "POST", path, body: {} })),
  fc.record({ fingerprint, name }, { requiredKeys: ["fingerprint"] }).map((body) => ({ method: "POST", path: "activations", body })),
  fc.record({ fingerprint, activate: fc.boolean(), features: fc.constantFrom([], ["sso"], ["constructor"]) }, { requiredKeys: [] }).map((body) => ({ method: "POST", path: "validate", body })),
  // Certificates are ordered by 32-bit seconds, so the clock stays before 2106.
  fc.constantFrom(1, 3_600, 86_400 * 400, 86_400 * 1_500).map((seconds) => ({ method: "WAIT", path: String(seconds) })),
);

let made = 0;

test("no accepted edge value makes the service fail, and every trail stays whole", async () => {
  await fc.assert(
    fc.asyncProperty(policyBody, issueBody, fc.array(step, { minLength: 6, maxLength: 12 }), async (terms, rest, steps) => {
      clock.set("2027-03-01T09:00:00.000Z");
      const code = `edges-${(made += 1)}`;
      const policy = await call("POST", `${base}/policies`, { body: { code, name: "Edges", ...terms } });
      expect(policy.status, policy.text).toBe(201);
      const issued = await call("POST", `${base}/licenses`, { body: { policy: code, holder: { type: "user", id: "ada" }, ...rest } });
      expect([201, 400]).toContain(issued.status);
      if (issued.status === 400) return;
      const licenseId = String(issued.body.license.id);
      for (const each of steps) {
        const answer = await take(licenseId, each);
        if (answer === undefined) continue;
        expect([200, 201, 400, 409], `${JSON.stringify(each)}: ${answer.text}`).toContain(answer.status);
        if (answer.body.certificate !== undefined) expect(answer.body.certificate.state).toBe("published");
      }
      const found = await evidence(service, licenseId);
      expect(trailFaults(found)).toEqual([]);
      expect((await call("GET", `${base}/licenses/${licenseId}`)).status).toBe(200);
      expect((await call("GET", `${base}/licenses/${licenseId}/certificate`)).status).toBe(200);
    }),
    { numRuns: 120, seed: 7, endOnFailure: false },
  );
}, patient(300_000));

function take(licenseId: string, { method, path, body }: Step): Promise<Answer> | undefined {
  if (method === "WAIT") return void clock.advance(Number(path));
  if (path === "activations") return call("POST", `${base}/activations`, { body: { licenseId, ...(body as object) } });
  if (path === "validate") return call("POST", `${base}/licenses/validate`, { body: { licenseId, ...(body as object) } });
  return call(method, `${base}/licenses/${licenseId}${path}`, { body });
}
