import { permanent } from "./deployment.ts";
import { createFunction } from "./functions.ts";
import { redisDatabaseId } from "./redis.ts";
import { deadLetters } from "./queue.ts";

/**
 * The hourly check of Redis's cost. It has its own function and key: the key can read the whole Upstash account, so no function
 * of the API may have it.
 */
if (permanent !== undefined) watchBudget(permanent.redis.budgetDollars);

function watchBudget(budgetDollars: number): void {
  const spend = createFunction({
    name: "RedisSpend",
    handler: "infra/redis-spend.handler",
    description: "Reports how much of the month's Redis budget is spent",
    memory: "512 MB",
    timeout: "30 seconds",
    environment: {
      APP_ENV_STAGE: $app.stage,
      UPSTASH_DATABASE_ID: redisDatabaseId,
      UPSTASH_EMAIL: process.env["UPSTASH_EMAIL"] ?? "",
      UPSTASH_READ_ONLY_KEY: new sst.Secret("UpstashReadOnlyKey").value,
      UPSTASH_BUDGET_DOLLARS: String(budgetDollars),
    },
    permissions: [{ actions: ["sqs:SendMessage"], resources: [deadLetters.arn] }],
    failures: { queueArn: deadLetters.arn },
  });
  new sst.aws.CronV2("RedisBudget", { function: spend.arn, schedule: "rate(1 hour)", retries: 2, dlq: deadLetters.arn, enabled: !$dev });
}
