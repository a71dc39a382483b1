import { permanent } from "./deployment.ts";
import { isProduction, keep } from "./stage.ts";

/**
 * Redis at Upstash, for certificates and rate limits. No eviction: a certificate is removed by its own expiry, and after an
 * eviction a denied license would read as unknown. Consumers get the read-only token.
 */
const { region } = aws.getRegionOutput();

const redisDatabase = new upstash.RedisDatabase(
  "RedisDatabase",
  {
    databaseName: `${$app.name}-${$app.stage}`,
    region: "global",
    primaryRegion: region,
    tls: true,
    eviction: false,
    autoScale: isProduction,
    // When the budget is reached, no certificate is published any more. So each permanent stage sets its own.
    ...(permanent === undefined ? {} : { budget: permanent.redis.budgetDollars }),
  },
  keep,
);

/** Upstash's name for it. */
export const redisDatabaseId = redisDatabase.databaseId;

export const redis = new sst.Linkable("Redis", {
  properties: {
    url: $interpolate`https://${redisDatabase.endpoint}`,
    token: $util.secret(redisDatabase.restToken),
    readOnlyToken: $util.secret(redisDatabase.readOnlyRestToken),
  },
});
