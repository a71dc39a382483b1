import { expect, test } from "vitest";
import { issueLicense } from "../support/fixtures.ts";
import { deploy, newKey } from "./rotating-service.ts";
import { base, startService } from "../support/service.ts";

/** The runbook's claim about the key pepper: another one makes every key and credential unknown, and nothing else. */
test("another key pepper ends every license key and credential; tokens and certificates stay valid, and a new key works", async () => {
  const service = await startService();
  const key = newKey();
  const before = await deploy(service, [key]);
  await before.check();
  const { licenseId, key: licenseKey } = await issueLicense(before, "free-trial");
  const made = await before.call("POST", `${base}/credentials`, { body: { name: "billing", roles: ["licensing-service"] } });
  const basic = (at: typeof made) => `Basic ${Buffer.from(`${String(at.body.clientId)}:${String(at.body.secret)}`).toString("base64")}`;
  const validate = async (by: typeof before, held: string) => (await by.call("POST", `${base}/licenses/validate`, { authorization: `License ${held}`, body: {} })).status;
  const read = async (by: typeof before, authorization: string) => (await by.call("GET", `${base}/licenses/${licenseId}`, { authorization })).status;
  expect([await validate(before, licenseKey), await read(before, basic(made))]).toEqual([200, 200]);
  const certified = await before.call("GET", `${base}/licenses/${licenseId}/certificate`);

  const after = await deploy(service, [key], { APP_ENV_LICENSING_KEY_PEPPER: "another pepper, as long as one must be" });
  expect([await validate(after, licenseKey), await read(after, basic(made))]).toEqual([401, 401]);
  expect((await after.call("GET", `${base}/licenses/${licenseId}/certificate`)).text).toBe(certified.text);

  const rotated = await after.call("POST", `${base}/licenses/${licenseId}/rotate-key`);
  const remade = await after.call("POST", `${base}/credentials`, { body: { name: "billing", roles: ["licensing-service"] } });
  expect([await validate(after, String(rotated.body.key)), await read(after, basic(remade))]).toEqual([200, 200]);
});
