import { permanent } from "./deployment.ts";
import { isProduction, keep } from "./stage.ts";

/**
 * Redis at Upstash: the certificates, the rate limits. No eviction: a certificate leaves by its own expiry, and an
 * evicted denial would read as "unknown". Consumers are given the token that can only read.
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
    // Reaching it stops the service: no certificate is published any more. So a permanent stage says its own.
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
