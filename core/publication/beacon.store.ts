import { sql } from "drizzle-orm";
import { beaconKey, certificateKey } from "../certificate/address.ts";
import { beaconSeconds, floorsMax, verifyBeacon, type Beacon } from "../certificate/beacon.ts";
import { cryptoNode } from "../certificate/crypto-node.ts";
import { sealBeacon } from "../certificate/seal.ts";
import { readFloors } from "../event/floors.store.ts";
import { applicationSecrets } from "../keyring/application-secrets.ts";
import { tellCounter } from "../keyring/marked-ring.store.ts";
import type { SigningKey } from "../keyring/signing-key.ts";
import type { TrustedKeys } from "../keyring/trusted-keys.store.ts";
import { redisOf } from "../platform/redis-client.ts";
import type { Runtime } from "../platform/runtime.ts";
import { readBacklog, type Backlog } from "./backlog.store.ts";
import { asOf, incompleteness, type Incomplete } from "./completeness.ts";
import { getCertificates } from "./certificate.store.ts";
import { inspectWith } from "./inspect.store.ts";
import { makeDueByIds } from "./queue.store.ts";
import { readRebuild } from "./rebuild.store.ts";

/** The seconds that Redis keeps a beacon without a successor. */
const keptSeconds = 600;
/** In each run: licenses whose key is looked for, and those whose certificate is read and verified as well. */
const countedShare = 5_000;
const readShare = 100;
/** Commands of Redis are paid one by one, so one command looks for this many keys. */
const keysOfCommand = 500;

type Signing = { readonly trusted: TrustedKeys; readonly signingKey: SigningKey };

/**
 * Puts a fresh beacon into Redis, whatever is due, and looks for certificates that are missing or planted there. Licenses whose
 * certificate must be published again are made due. Returns the reason why the beacon doesn't claim `complete`; undefined: it does. Three round
 * trips to the database and six to Redis, most of them at once. Throws DatabaseError and RedisError.
 */
export async function putBeacon(runtime: Runtime, signing: Signing): Promise<Incomplete | undefined> {
  const redis = redisOf(runtime);
  const [text, rebuild] = await Promise.all([redis.get<string>(beaconKey), readRebuild(redis)]);
  const { ttlSeconds } = runtime.config.certificate;
  const now = runtime.now();
  const nowSeconds = Math.floor(now.getTime() / 1000);
  const since = new Date(now.getTime() - ttlSeconds * 1000);
  const [backlog, floors] = await Promise.all([readBacklog(runtime, { countedShare, readShare }), readFloors(runtime, { since, limit: floorsMax })]);
  // During a rebuild no share is examined, because the rebuild examines all certificates.
  const holes = rebuild === undefined ? await patrol(runtime, backlog, signing.trusted) : 0;
  const found = iatOf(text, signing.trusted);
  const isContinuous = (found !== undefined && found === backlog.beaconIat) || (await isContinuousNow(runtime, signing.trusted));
  const incomplete = incompleteness({ isWhole: rebuild === undefined, isContinuous, backlog, holes }, { nowMs: now.getTime(), ttlSeconds });

  // A clock that is behind another's must not make an older beacon than the one that consumers believe.
  const iat = Math.max(nowSeconds, Math.min(found ?? 0, nowSeconds + beaconSeconds));
  const beacon: Beacon = {
    iss: runtime.config.certificate.issuer,
    aud: runtime.config.certificate.audience,
    iat,
    exp: iat + beaconSeconds,
    asOf: asOf(backlog, nowSeconds),
    complete: incomplete === undefined,
    floors: floors.sequences,
    floorsSince: Math.ceil(floors.since.getTime() / 1000),
    secrets: [...(applicationSecrets(runtime)?.byId.keys() ?? [])],
    ring: signing.trusted.counter,
  };
  // Replaced only if it is still there: a Redis that was emptied meanwhile must not be called complete.
  await redis.set(beaconKey, sealBeacon(beacon, signing.signingKey), { ex: keptSeconds, ...(text === null ? { nx: true } : { xx: true }) });
  await Promise.all([tellCounter(runtime, signing.trusted.counter), recordBeacon(runtime, beacon.iat, backlog)]);
  return incomplete;
}

/** The `iat` of a beacon of this service, valid at any time; undefined: it isn't one. */
function iatOf(text: string | null, { ring, denied }: TrustedKeys): number | undefined {
  const expected = { ring, deniedKids: denied, nowMs: 0, skewSeconds: Number.MAX_SAFE_INTEGER };
  const verdict = verifyBeacon(text, { expected, cryptography: cryptoNode });
  return verdict.ok ? verdict.beacon.iat : undefined;
}

/** Looks again, because another run may have put its beacon between the two readings. */
async function isContinuousNow(runtime: Runtime, trusted: TrustedKeys): Promise<boolean> {
  const [text, [rows = []]] = await Promise.all([redisOf(runtime).get<string>(beaconKey), runtime.database.read(sql`select iat from licensing."Beacon"`)]);
  return rows[0] !== undefined && iatOf(text, trusted) === Number(rows[0]["iat"]);
}

/**
 * Looks for the keys of the run's share, and verifies the certificates of a smaller one: a planted certificate is found before its
 * license is due, and is replaced by this run. Returns how many certificates are missing.
 */
async function patrol(runtime: Runtime, { counted, read }: Backlog, trusted: TrustedKeys): Promise<number> {
  const [present, texts] = await Promise.all([countKeys(runtime, counted), getCertificates(redisOf(runtime), read.map(({ licenseId }) => licenseId))]);
  const wrong = read.filter(({ licenseId, sequence }, place) => {
    const text = texts[place];
    const held = text === undefined || text === "unreadable" ? undefined : inspectWith(trusted, text, { licenseId, runtime });
    return held === undefined || held.claims.license.sequence < sequence;
  });
  if (wrong.length > 0) {
    runtime.log.write("warn", "Redis holds certificates that differ from the published ones", { counts: { licenses: wrong.length } });
    await makeDueByIds(runtime, wrong.map(({ licenseId }) => licenseId));
  }
  return counted.length - present + texts.filter((text) => text === undefined).length;
}

async function countKeys(runtime: Runtime, licenseIds: readonly string[]): Promise<number> {
  if (licenseIds.length === 0) return 0;
  const pipeline = redisOf(runtime).pipeline();
  for (let from = 0; from < licenseIds.length; from += keysOfCommand) {
    pipeline.exists(...licenseIds.slice(from, from + keysOfCommand).map(certificateKey));
  }
  return (await pipeline.exec<number[]>()).reduce((sum, count) => sum + Number(count), 0);
}

async function recordBeacon(runtime: Runtime, iat: number, { countedTo, readTo }: Backlog): Promise<void> {
  await runtime.database.write(sql`insert into licensing."Beacon" (place, iat, counted_to, read_to)
    values (1, ${iat}, ${countedTo}::bigint, ${readTo}::bigint)
    on conflict (place) do update set iat = excluded.iat, counted_to = excluded.counted_to, read_to = excluded.read_to`);
}
