import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { deliverWebhooks } from "@licensing/core/webhook/deliver.job.ts";
import { summarize } from "@licensing/core/statistics/summarize.job.ts";
import type { Service } from "../support/service.ts";
import { base } from "../support/service.ts";
import { whenDone } from "../support/when-done.ts";

const dayMs = 86_400_000;
const days = 30;
const customers = [
  "Aurora Films", "Blue Heron Studio", "Cascade Audio", "Delta Animation", "Ember & Oak", "Fjord Pictures", "Granite Games", "Harbor Sound", "Iris Optics",
  "Juniper Labs", "Kestrel VFX", "Lumen House", "Meridian Post", "Northwind Design", "Osprey Color",
] as const;

/** The ids of a filled service that screens are opened by. */
export type Month = {
  readonly policyId: string;
  /** A license with machines, usage, terms of its own and a trail. */
  readonly licenseId: string;
  readonly fullId: string;
  readonly suspendedId: string;
  readonly revokedId: string;
  readonly holder: string;
  readonly webhookId: string;
  readonly failingId: string;
};

/** A month of a vendor's work, through the API, while the service's clock goes from 30 days ago to now. */
export async function fillMonth(service: Service): Promise<Month> {
  const { call, clock } = service;
  const done = async (method: string, path: string, body: unknown = {}) => {
    const answer = await call(method, `${base}${path}`, { body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
    return answer.body;
  };
  const nowMs = Date.now();
  const at = (day: number) => clock.set(new Date(nowMs - day * dayMs - 3_600_000));
  at(days);
  await done("POST", "/keys/check");
  const policy = await done("POST", "/policies", {
    code: "studio-team", name: "Studio Team", description: "Five machines of one studio, with exports by the month.", activationLimit: 5, duration: "P1Y", grace: "P14D",
    features: { render: true, support: "priority", tracks: 64 }, meters: { exports: { limit: 1_000, period: "P1M", overage: 100 } },
  });
  await done("POST", "/policies", { code: "studio-solo", name: "Studio Solo", description: "One machine.", activationLimit: 1, duration: "P1Y", features: { render: true } });
  const receiver = await receive();
  const webhook = await done("POST", "/webhooks", { url: `${receiver}/orders`, description: "Orders and invoices" });
  const failing = await done("POST", "/webhooks", { url: "http://127.0.0.1:9/crm", description: "Customer relations", types: ["license.suspended", "license.revoked"] });
  await done("POST", `/webhooks/${webhook.id}/test`);
  const ids: string[] = [];
  for (const [index, name] of customers.entries()) {
    at(days - 1 - index * 2);
    const isSolo = index % 4 === 3;
    const id = name.toLowerCase().replaceAll(/[^a-z]+/g, "-");
    const issued = await done("POST", "/licenses", {
      policy: isSolo ? "studio-solo" : "studio-team", name, holder: index % 2 === 0 ? { type: "organization", id } : { type: "user", id: `it@${id}.example` },
      expiresAt: new Date(nowMs + (4 + ((index * index * 7) % 84)) * dayMs).toISOString(), metadata: { order: `2026-${1041 + index * 7}` },
    });
    const licenseId = String(issued.license.id);
    ids.push(licenseId);
    for (let seat = 0; seat < (isSolo ? 1 : 1 + (index % 4)); seat += 1) {
      await done("POST", "/activations", { licenseId, fingerprint: `${id}-workstation-${seat + 1}`, name: `${["Edit", "Grade", "Render", "Mix"][seat % 4]} ${seat + 1}` });
    }
  }
  const [licenseId = "", suspendedId = "", revokedId = "", fullId = ""] = ids;
  at(3);
  for (const name of ["Foley room", "Grade 2"]) await done("POST", "/activations", { licenseId, fingerprint: `aurora-films-${name.toLowerCase().replace(" ", "-")}`, name });
  await done("PATCH", `/licenses/${licenseId}`, { features: { tracks: 128, surround: true }, activationLimit: 8 });
  await done("POST", `/licenses/${licenseId}/usage`, { meter: "exports", amount: 740 });
  await done("POST", `/licenses/${suspendedId}/suspend`, { reason: "The invoice of March is open" });
  await done("POST", `/licenses/${revokedId}/revoke`, { reason: "Refunded" });
  await done("POST", `/licenses/${ids[4]}/renew`, { periods: 1, reason: "Order 2026-1104" });
  clock.set(undefined);
  await done("POST", "/licenses/validate", { licenseId, fingerprint: "aurora-films-workstation-1" });
  await done("POST", "/keys/check");
  await done("PATCH", `/policies/${policy.id}`, { activationLimit: 6 });
  await done("POST", "/credentials", { name: "Build farm", roles: ["licensing-service"] });
  await deliverWebhooks(service.runtime);
  await summarize(service.runtime);
  return { policyId: policy.id, licenseId, fullId, suspendedId, revokedId, holder: "it@blue-heron-studio.example", webhookId: webhook.id, failingId: failing.id };
}

/** A receiver that takes every delivery. Returns its origin. */
async function receive(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  whenDone(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
