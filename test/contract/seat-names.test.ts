import { describe, expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";

/** The name of a seat, by every route that takes one. */
const service = await startService({ now: "2026-11-23T12:00:00.000Z" });
const { call } = service;
const policy = await createPolicy(service, { fileLifetime: "P30D" });
const fingerprint = "machine-0001";

type Give = (licenseId: string, name: string) => Promise<unknown>;
const roads: readonly (readonly [string, Give])[] = [
  ["an activation", (licenseId, name) => call("POST", `${base}/activations`, { body: { licenseId, fingerprint, name } })],
  ["a validation", (licenseId, name) => call("POST", `${base}/licenses/validate`, { body: { licenseId, fingerprint, name } })],
  ["a license file", (licenseId, name) => call("POST", `${base}/licenses/${licenseId}/file`, { body: { fingerprint, name } })],
  ["a renaming", async (licenseId, name) => {
    const { body } = await call("POST", `${base}/activations`, { body: { licenseId, fingerprint, name: "before" } });
    return call("PATCH", `${base}/activations/${body.activation.id}`, { body: { name } });
  }],
];

describe.each(roads)("the name that %s gives a seat", (_road, give) => {
  test.each([
    ["", null],
    [" \t\n", null],
    ["\u200b\u00ad", null],
    ["\u0001 \u0007", null],
    ["  Ada's\n laptop ", "Ada's laptop"],
    ["x".repeat(300), "x".repeat(255)],
  ])("is normalized, and a blank one counts as none: %j", async (name, expected) => {
    const { licenseId, at } = await issueLicense(service, policy);
    await give(licenseId, name);
    const { body } = await call("GET", `${at}/activations`);
    expect(body.data).toMatchObject([{ fingerprint, name: expected }]);
    const { body: trail } = await call("GET", `${at}/events`);
    expect(JSON.stringify(trail.data)).not.toContain('"name":[null,""]');
    expect(JSON.stringify(trail.data)).not.toContain('"name":["before",""]');
  });
});
