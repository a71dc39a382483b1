import { expect, test } from "vitest";
import { base, startService } from "../support/service.ts";

const service = await startService();

test("a license walks through every verb, one event each, in order", async () => {
  const issued = await service.call("POST", `${base}/licenses`, { body: { policy: "free-trial", holder: { type: "user", id: "ada" } } });
  expect(issued.status, service.printed.join("\n")).toBe(201);
  const at = `${base}/licenses/${issued.body.license.id}`;
  expect(issued.headers.get("location")).toBe(at);
  for (const [verb, status] of [["suspend", "SUSPENDED"], ["reinstate", "ACTIVATED"], ["renew", "ACTIVATED"], ["revoke", "REVOKED"]] as const) {
    const answer = await service.call("POST", `${at}/${verb}`, { body: { reason: "because" } });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.license.status).toBe(status);
    expect(answer.body.certificate.state).toBe("published");
    expect(answer.body.certificate.sequence).toBe(answer.body.license.sequence);
  }
});
