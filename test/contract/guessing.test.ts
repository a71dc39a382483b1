import { expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";

/** Guesses at secrets and license keys from one address, while callers with right ones call from the same address. */
const isLong = process.env["LICENSING_PROVE"] === "long";
const calls = isLong ? 5_000 : 300;
const atOnce = 20;

const service = await startService({ now: "2026-11-23T12:00:00.000Z" });
const { call } = service;
const license = await issueLicense(service, await createPolicy(service));
const made = await call("POST", `${base}/credentials`, { body: { name: "billing", roles: ["licensing-service"] } });

const basic = (secret: string) => `Basic ${Buffer.from(`${String(made.body.clientId)}:${secret}`).toString("base64")}`;
const right = [basic(String(made.body.secret)), `License ${license.key}`] as const;
const wrong = (turn: number) => (turn % 2 === 0 ? basic(`wrong secret ${turn}`) : `License WRONG-LICENSE-KEY-${String(turn).padStart(8, "0")}`);

async function statusOf(turn: number, authorization: string): Promise<number> {
  const paths = [["GET", license.at], ["POST", `${base}/licenses/validate`]] as const;
  const [method, path] = paths[Math.floor(turn / 2) % 2] ?? paths[0];
  const named = authorization.startsWith("Basic") ? { licenseId: license.licenseId } : {};
  return (await call(method, path, { authorization, ...(method === "POST" ? { body: named } : {}) })).status;
}

type Asked = { readonly isRight: boolean; readonly status: number };

/** Sends `calls` right and as many wrong credentials, interleaved, each through `guard`. */
async function interleave(guard: (isRight: boolean, ask: () => Promise<number>) => Promise<number>): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  let next = 0;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let turn = (next += 1); turn <= 2 * calls; turn = next += 1) {
      const isRight = turn % 2 === 0;
      const number = Math.floor(turn / 2);
      const status = await guard(isRight, () => statusOf(number, isRight ? (right[number % 2] ?? right[0]) : wrong(number)));
      asked.push({ isRight, status });
    }
  }));
  return asked;
}

const statuses = (asked: readonly Asked[], isRight: boolean) => [...new Set(asked.filter((each) => each.isRight === isRight).map(({ status }) => status))];

test(`of ${calls} right and ${calls} wrong credentials interleaved from one address every right one is accepted and every wrong one is 401`, { timeout: 600_000 }, async () => {
  const asked = await interleave((_isRight, ask) => ask());
  expect([statuses(asked, true), statuses(asked, false)]).toEqual([[200], [401]]);
  expect(asked).toHaveLength(2 * calls);
});

test("control: a lock that counts wrong credentials by address shuts out right ones", { timeout: 600_000 }, async () => {
  let failures = 0;
  const asked = await interleave(async (_isRight, ask) => {
    if (failures >= 100) return 429;
    const status = await ask();
    if (status === 401) failures += 1;
    return status;
  });
  expect(statuses(asked, true)).toContain(429);
});
