/**
 * The one table of prices: list prices in dollars for eu-central-1, where a price depends on the region. `readAt` is the day (or
 * month) on which the source was read. Free tiers are left out unless the price mentions them.
 */
export type Price = {
  readonly dollars: number;
  readonly per: string;
  readonly source: string;
  readonly readAt: string;
};

/** Copied from an earlier estimate without a day. Read the source again before a decision depends on it. */
const byHand = "2026-11";
const neon = { source: "neon.com/docs/introduction/plans", readAt: "2026-11-29" };
const upstash = { source: "upstash.com/pricing/redis, as of 2026-09-20", readAt: "2026-11-29" };

export const prices = {
  gatewayRequests: { dollars: 1.2, per: "million requests, HTTP API", source: "aws.amazon.com/api-gateway/pricing", readAt: byHand },
  lambdaRequests: { dollars: 0.2, per: "million requests", source: "aws.amazon.com/lambda/pricing", readAt: byHand },
  lambdaSeconds: { dollars: 0.0000133334, per: "GB-second on arm64, INIT included", source: "aws.amazon.com/lambda/pricing", readAt: byHand },
  logs: { dollars: 0.63, per: "GB of logs taken in", source: "aws.amazon.com/cloudwatch/pricing", readAt: byHand },
  alarm: { dollars: 0.1, per: "metric in an alarm, a month", source: "aws.amazon.com/cloudwatch/pricing", readAt: byHand },
  metric: { dollars: 0.3, per: "custom metric, a month", source: "aws.amazon.com/cloudwatch/pricing", readAt: byHand },
  traces: { dollars: 5, per: "million traces recorded", source: "aws.amazon.com/xray/pricing", readAt: byHand },
  awsEgress: { dollars: 0.09, per: "GB out of AWS", source: "aws.amazon.com/ec2/pricing/on-demand", readAt: byHand },
  regionEgress: { dollars: 0.02, per: "GB from one AWS region to another", source: "aws.amazon.com/ec2/pricing/on-demand", readAt: byHand },
  sealingKey: { dollars: 1, per: "KMS key, a month", source: "aws.amazon.com/kms/pricing", readAt: byHand },
  queueRequests: { dollars: 0.4, per: "million requests to a queue", source: "aws.amazon.com/sqs/pricing", readAt: byHand },
  schedules: { dollars: 1, per: "million runs of a schedule", source: "aws.amazon.com/eventbridge/pricing", readAt: byHand },
  parameterReads: { dollars: 5, per: "million reads of parameters, at high throughput", source: "aws.amazon.com/systems-manager/pricing", readAt: byHand },
  objects: { dollars: 0.0245, per: "GB-month in S3", source: "aws.amazon.com/s3/pricing", readAt: byHand },
  objectWrites: { dollars: 5.4, per: "million objects put into S3", source: "aws.amazon.com/s3/pricing", readAt: byHand },
  computeLaunch: { dollars: 0.106, per: "CU-hour, plan Launch", ...neon },
  computeScale: { dollars: 0.222, per: "CU-hour, plan Scale", ...neon },
  storage: { dollars: 0.35, per: "GB-month of a database", ...neon },
  history: { dollars: 0.2, per: "GB-month of history for instant restore", ...neon },
  neonEgress: { dollars: 0.1, per: "GB out of Neon, after 100 GB a month", ...neon },
  branch: { dollars: 1.5, per: "branch-month beyond 10 a project", ...neon },
  commands: { dollars: 2, per: "million commands, pay as you go", ...upstash },
  redisStorage: { dollars: 0.25, per: "GB-month, after the first", ...upstash },
  redisEgress: { dollars: 0.03, per: "GB out of Redis, after 200 GB a month", ...upstash },
  redisFixed1: { dollars: 20, per: "month, fixed plan of 1 GB, commands included", ...upstash },
  redisFixed10: { dollars: 200, per: "month, fixed plan of 10 GB, commands included", ...upstash },
  redisFixed50: { dollars: 400, per: "month, fixed plan of 50 GB, commands included", ...upstash },
  redisSla: { dollars: 200, per: "month, Prod Pack: an SLA and encryption at rest", ...upstash },
} as const satisfies Readonly<Record<string, Price>>;
