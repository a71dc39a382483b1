import dns from "node:dns";
import net from "node:net";
import { text } from "node:stream/consumers";
import { verifyCertificate } from "@licensing/core/certificate/certificate.ts";
import { parsePublicKeys } from "@licensing/core/keyring/verify-key.ts";
import { trustedRing } from "@licensing/core/keyring/ring.ts";
import { parseSecret, secretRing } from "@licensing/core/keyring/secret.ts";

/** Turns the network off: opening a socket or resolving a name is counted and refused. */
let networkCalls = 0;
const refuse = (): never => {
  networkCalls += 1;
  throw new Error("the network is off");
};
net.Socket.prototype.connect = refuse;
dns.lookup = Object.assign(refuse, dns.lookup);

type Input = {
  readonly text: string;
  readonly licenseId: string;
  readonly publicPem: string;
  readonly applicationSecret: string;
  readonly audience: string;
};

const input = JSON.parse(await text(process.stdin)) as Input;
const startedAtMs = performance.now();
const verdict = verifyCertificate(input.text, {
  licenseId: input.licenseId,
  audience: input.audience,
  ring: trustedRing(parsePublicKeys(input.publicPem)),
  secrets: secretRing(parseSecret(input.applicationSecret)).byId,
  nowMs: Date.now(),
});
const ms = Math.round((performance.now() - startedAtMs) * 10) / 10;
const opened = verdict.ok
  ? { ok: true, status: verdict.claims.license.status, sequence: verdict.claims.license.sequence }
  : { ok: false, reason: verdict.reason };
process.stdout.write(JSON.stringify({ ...opened, networkCalls, ms }));
