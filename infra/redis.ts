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
  },
  keep,
);

export const redis = new sst.Linkable("Redis", {
  properties: {
    url: $interpolate`https://${redisDatabase.endpoint}`,
    token: $util.secret(redisDatabase.restToken),
    readOnlyToken: $util.secret(redisDatabase.readOnlyRestToken),
  },
});
