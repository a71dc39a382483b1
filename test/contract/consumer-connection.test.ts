import { describe, expect, test } from "vitest";
import { upstashSource } from "@licensing/core/consumer/upstash.ts";
import { startCertificateServer } from "./certificate-server.ts";
import { gateWithout } from "../unit/consumer-mutant.ts";
import { certify, createClock, createWorld, licenseId } from "../unit/consumer-world.ts";

const readsOnce = { file: "consumer/reading.ts", from: "const attemptsMax = 3;", to: "const attemptsMax = 1;" };

/** Reads over a real connection, freezes, loses the connection meanwhile, and asks once after the thaw. */
async function afterThaw(how: "reset" | "hang", make?: Awaited<ReturnType<typeof gateWithout>>) {
  const server = await startCertificateServer();
  const clock = createClock();
  // Only a hanging connection is waited for that long.
  const timeoutMs = how === "hang" ? 2_000 : 30_000;
  const options = { source: upstashSource({ url: server.url, token: "t" }), now: clock.now, elapsed: clock.elapsed, timeoutMs };
  const { gate } = createWorld({ ...options, ...(make && { make }) });
  const publish = (license: Parameters<typeof certify>[0]) => server.certificates.set(licenseId, certify({ fingerprintRequired: false, ...license }, { issuedAtMs: clock.now() }));
  publish({});
  // Often enough that every kept connection is used.
  for (let reading = 0; reading < 5; reading += 1) {
    clock.advance(60);
    expect(await gate.check(licenseId)).toMatchObject({ state: "active" });
  }
  publish({ status: "SUSPENDED", sequence: 8 });
  clock.freeze(600);
  server.lose(how);
  return gate.check(licenseId);
}

describe.each(["reset", "hang"] as const)("a kept connection that died while the process was frozen (%s)", (how) => {
  test("is replaced within the same check", async () => {
    expect(await afterThaw(how)).toMatchObject({ state: "denied", code: "SUSPENDED", problem: null });
  });

  test("(control) isn't replaced if a reading may be sent only once", async () => {
    expect(await afterThaw(how, await gateWithout([readsOnce]))).toMatchObject({ state: "active", problem: "UNREACHABLE" });
  });
});
