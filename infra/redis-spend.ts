import { readConfig } from "@licensing/core/platform/config.ts";
import { createLog } from "@licensing/core/platform/log.ts";
import { writeMetric } from "@licensing/core/platform/metric.ts";

/**
 * Reports the spent part of this month's Redis budget, in percent, as the metric `RedisBudgetPercent`. When the budget is spent,
 * Upstash throttles the database until the next month, and no certificate is published.
 *
 * Source: Upstash's developer API, `GET /v2/redis/stats/{id}`, field `total_monthly_billing` (dollars). A key that can only read
 * is enough.
 */
export type Account = {
  readonly databaseId: string;
  readonly email: string;
  readonly readOnlyKey: string;
  readonly budgetDollars: number;
};

export type Ask = (url: string, init: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal }) => Promise<Response>;

const answerMsMax = 10_000;

/** Throws when Upstash refuses the key, doesn't answer, or answers without a cost; the message never shows the key. */
export async function reportRedisSpend(runtime: Parameters<typeof writeMetric>[0], account: Account, ask: Ask = fetch): Promise<{ readonly percent: number }> {
  const authorization = `Basic ${Buffer.from(`${account.email}:${account.readOnlyKey}`).toString("base64")}`;
  const url = `https://api.upstash.com/v2/redis/stats/${encodeURIComponent(account.databaseId)}`;
  const answer = await ask(url, { headers: { authorization }, signal: AbortSignal.timeout(answerMsMax) });
  if (!answer.ok) throw new Error(`Upstash answers ${answer.status} to the request for the cost of Redis`);
  const { total_monthly_billing: dollars } = (await answer.json()) as { readonly total_monthly_billing?: unknown };
  if (typeof dollars !== "number" || !(dollars >= 0)) throw new Error("Upstash's answer lacks this month's cost of Redis");
  const percent = Math.round((1000 * dollars) / account.budgetDollars) / 10;
  writeMetric(runtime, "RedisBudgetPercent", { value: percent });
  return { percent };
}

/** The deployed function; each variable is set by redis-budget.ts. */
export async function handler(): Promise<{ readonly percent: number }> {
  const { UPSTASH_DATABASE_ID: databaseId, UPSTASH_EMAIL: email, UPSTASH_READ_ONLY_KEY: readOnlyKey, UPSTASH_BUDGET_DOLLARS: budget } = process.env;
  if (!databaseId || !email || !readOnlyKey || !budget) throw new Error("UPSTASH_DATABASE_ID, UPSTASH_EMAIL, UPSTASH_READ_ONLY_KEY and UPSTASH_BUDGET_DOLLARS: one is not set");
  const now = () => new Date();
  const runtime = { config: readConfig(process.env), now, log: createLog({ now, print: (line) => process.stdout.write(`${line}\n`) }) };
  return reportRedisSpend(runtime, { databaseId, email, readOnlyKey, budgetDollars: Number(budget) });
}
