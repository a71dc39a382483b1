import { permanent } from "./deployment.ts";
import { isProduction, keep } from "./stage.ts";

/**
 * Redis at Upstash, for certificates and rate limits. Eviction is off: each certificate expires by itself, and a denied license
 * whose certificate was evicted would read as unknown. Consumers get the read-only token.
 */
const { region } = aws.getRegionOutput();

const network = permanent?.network ?? null;

const redisDatabase = new upstash.RedisDatabase(
  "RedisDatabase",
  {
    databaseName: `${$app.name}-${$app.stage}`,
    region: "global",
    primaryRegion: region,
    tls: true,
    eviction: false,
    autoScale: isProduction,
    ...(network === null ? {} : { ipAllowlists: [...network.addresses, ...network.readers] }),
    // Once the budget is spent, no certificate is published. So each permanent stage sets its own budget.
    ...(permanent === undefined ? {} : { budget: permanent.redis.budgetDollars }),
  },
  keep,
);

/** The id that Upstash gives the database. */
export const redisDatabaseId = redisDatabase.databaseId;

export const redis = new sst.Linkable("Redis", {
  properties: {
    url: $interpolate`https://${redisDatabase.endpoint}`,
    token: $util.secret(redisDatabase.restToken),
    readOnlyToken: $util.secret(redisDatabase.readOnlyRestToken),
  },
});
