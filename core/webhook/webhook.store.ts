import { sql, type SQL } from "drizzle-orm";
import { principalOf, type Caller } from "../access/actor.ts";
import { sealShown, type ShownOnce } from "../access/shown-once.ts";
import { openShown } from "../access/open-shown.store.ts";
import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import { changeOnce, findStored } from "../http/idempotency.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import { throwFaults, throwProblem } from "../problem/problem.ts";
import { createNetwork, resolveUrl } from "./network.store.ts";
import { mintKeyPair, mintSecret, sealKey } from "./secret.ts";
import { texts, webhookIs, webhookJson } from "./webhook.sql.ts";
import type { NewWebhook, Webhook, WebhookChanges } from "./webhook.ts";

type Changed = { readonly webhook: Webhook; readonly replayed: boolean };
type WithSecret = Changed & { readonly secret: string | null };

/** The call that changes a webhook. */
type By = { readonly caller: Caller; readonly requestId: string; readonly idempotency?: IdempotencyKey };
type ChangeCode = "webhook-created" | "webhook-updated" | "webhook-secret-rotated" | "webhook-deleted";

/**
 * Logs who changed which webhook. `reason` names the changed members, never their values: a URL may hold a receiver's password. A
 * replayed answer is no change.
 */
function logChange({ log }: Runtime, { caller, requestId }: By, { webhookId, code, reason }: { readonly webhookId: string; readonly code: ChangeCode; readonly reason?: string }): void {
  log.write("info", "Webhook changed", { requestId, actor: principalOf(caller.actor), webhookId, code, ...(reason === undefined ? {} : { reason }) });
}

/** For how long a webhook's former keys sign beside the new ones. */
const overlapSeconds = 86_400;

/** Adds an address. Throws malformed-request at `/url`, idempotency-mismatch. */
export async function createWebhook(runtime: Runtime, by: By, input: NewWebhook): Promise<WithSecret> {
  const claim = by.idempotency;
  if ((await findStored(runtime, claim)) === undefined) await requireUsable(runtime, input.url);
  const [minted = []] = await runtime.database.write(sql`select licensing.snowflake()::text as id`);
  const webhookId = String(minted[0]?.["id"]);
  const { signatures = ["v1"], enabled = true, types = null, description = null } = input;
  const keys = newKeys(runtime, webhookId, { hasPair: signatures.includes("v1a") });
  const shown: ShownOnce = { purpose: "webhook-secret", claim };
  const now = timestamp(runtime.now());
  const { document, replayed } = await changeOnce(runtime, claim, {
    change: sql`insert into licensing."Webhook" as w (id, url, description, types, signatures, secret, private_key, public_key, enabled, disabled_reason, created_at, updated_at)
      values (${webhookId}::bigint, ${input.url}, ${description}, ${texts(types)}, ${texts(signatures)}, ${keys.secret}, ${keys.privateKey}, ${keys.publicKey},
        ${enabled}, ${enabled ? null : "manual"}, ${now}, ${now})
      returning ${withSecretJson(sealShown(runtime, keys.shownSecret, shown))} as document`,
  });
  if (!replayed) logChange(runtime, by, { webhookId, code: "webhook-created" });
  return openDocument(runtime, { document, replayed }, shown);
}

/** How many former keys sign beside the newest, if it is rotated again within the overlap. */
const formerMax = 3;

/** Replaces the keys. The former ones sign too, until 24 hours after the last rotation. Throws webhook-not-found, idempotency-mismatch. */
export async function rotateSecret(runtime: Runtime, by: By, webhookId: string): Promise<WithSecret> {
  const claim = by.idempotency;
  const keys = newKeys(runtime, webhookId, { hasPair: true });
  const shown: ShownOnce = { purpose: "webhook-secret", claim };
  const now = runtime.now();
  const until = new Date(now.getTime() + overlapSeconds * 1000);
  const { document, replayed } = await changeOnce(runtime, claim, {
    change: sql`update licensing."Webhook" w set former_secret = ${formerKeys(sql`w.secret`, { former: sql`w.former_secret`, now })},
        former_private_key = ${formerKeys(sql`w.private_key`, { former: sql`w.former_private_key`, now })}, former_until = ${timestamp(until)},
        secret = ${keys.secret}, private_key = case when w.private_key is not null then ${keys.privateKey} end,
        public_key = case when w.private_key is not null then ${keys.publicKey} end, updated_at = ${timestamp(now)}
      where ${webhookIs(webhookId, sql`w`)} returning ${withSecretJson(sealShown(runtime, keys.shownSecret, shown))} as document`,
  });
  if (document === undefined) return throwProblem("webhook-not-found");
  if (!replayed) logChange(runtime, by, { webhookId, code: "webhook-secret-rotated" });
  return openDocument(runtime, { document, replayed }, shown);
}

/** The key and those before it that still sign, newest first, with blanks between; null: none. */
function formerKeys(key: SQL, { former, now }: { readonly former: SQL; readonly now: Date }): SQL {
  const all = sql`concat_ws(' ', ${key}, case when w.former_until > ${timestamp(now)} then ${former} end)`;
  return sql`nullif(array_to_string((string_to_array(${all}, ' '))[1:${formerMax}], ' '), '')`;
}

type WebhookUpdate = { readonly webhookId: string; readonly changes: WebhookChanges };

/**
 * Changes an address. Absent members stay. Enabling it forgets its failures and makes its held deliveries due at once. A new URL
 * has no failures either, and needs a new test before a replay. Throws webhook-not-found, malformed-request at `/url`, idempotency-mismatch.
 */
export async function updateWebhook(runtime: Runtime, by: By, { webhookId, changes }: WebhookUpdate): Promise<Changed> {
  const claim = by.idempotency;
  const { url, enabled } = changes;
  if (url !== undefined && (await findStored(runtime, claim)) === undefined) await requireUsable(runtime, url);
  const now = timestamp(runtime.now());
  const set = [...columnsOf(changes), ...signatureColumns(runtime, webhookId, changes), ...enabledColumns(changes), sql`updated_at = ${now}`];
  const released = sql`released as (update licensing."WebhookDue" d set due_at = ${now}, tries = 0
    where ${enabled === true} and d.webhook_id = ${webhookId}::bigint and d.due_at > ${now} and d.lease is null)`;
  const { document, replayed } = await changeOnce(runtime, claim, {
    with: released,
    change: sql`update licensing."Webhook" w set ${sql.join(set, sql`, `)} where ${webhookIs(webhookId, sql`w`)} returning ${webhookJson(sql`w`)} as document`,
  });
  if (document === undefined) return throwProblem("webhook-not-found");
  if (!replayed) logChange(runtime, by, { webhookId, code: "webhook-updated", reason: Object.keys(changes).join(", ") });
  return { webhook: document as Webhook, replayed };
}

function columnsOf({ url, description, types }: WebhookChanges): readonly SQL[] {
  return [
    ...(url === undefined ? [] : [sql`url = ${url}`, sql`tested_at = case when w.url = ${url} then w.tested_at end`]),
    ...(description === undefined ? [] : [sql`description = ${description}`]),
    ...(types === undefined ? [] : [sql`types = ${texts(types)}`]),
  ];
}

/** The first wish for `v1a` makes the key pair. */
function signatureColumns(runtime: Runtime, webhookId: string, { signatures }: WebhookChanges): readonly SQL[] {
  if (signatures === undefined) return [];
  const versions = sql`signatures = ${texts(signatures)}`;
  if (!signatures.includes("v1a")) return [versions];
  const { privateKey, publicKey } = newKeys(runtime, webhookId, { hasPair: true });
  return [versions, sql`private_key = coalesce(w.private_key, ${privateKey})`, sql`public_key = case when w.private_key is null then ${publicKey} else w.public_key end`];
}

function enabledColumns({ url, enabled }: WebhookChanges): readonly SQL[] {
  const states = enabled === undefined ? [] : [sql`enabled = ${enabled}`, sql`disabled_reason = ${enabled ? null : "manual"}`];
  // The failures are those of the former URL.
  const forgets = enabled === true ? sql`true` : url === undefined ? undefined : sql`w.url <> ${url}`;
  if (forgets === undefined) return states;
  const unless = (column: SQL, value: SQL) => sql`${column} = case when ${forgets} then ${value} else w.${column} end`;
  return [...states, unless(sql`failing_since`, sql`null`), unless(sql`failing_ids`, sql`'{}'`), unless(sql`probes`, sql`0`), unless(sql`wait_until`, sql`null`)];
}

/**
 * Deletes an address with its keys and its open deliveries; deleting it again changes nothing. False: there never was one. A commit
 * that began before may still write deliveries, which the job removes.
 */
export async function deleteWebhook(runtime: Runtime, by: By, webhookId: string): Promise<boolean> {
  const now = timestamp(runtime.now());
  const [rows = []] = await runtime.database.write(sql`
    with before as (select w.id, w.deleted_at from licensing."Webhook" w where w.id = ${webhookId}::bigint for no key update)
    update licensing."Webhook" w set deleted_at = coalesce(w.deleted_at, ${now}), enabled = false, disabled_reason = 'manual', secret = '', private_key = null,
      former_secret = null, former_private_key = null, replay = null
    from before where w.id = before.id returning before.deleted_at is null as "isDeleted"`);
  if (rows[0]?.["isDeleted"] === true) logChange(runtime, by, { webhookId, code: "webhook-deleted" });
  return rows.length > 0;
}

/** Up to `limit + 1` addresses with ids below `before`, newest first. */
export async function listWebhooks(
  runtime: Runtime,
  { before, limit }: { readonly before: string | undefined; readonly limit: number },
): Promise<readonly Webhook[]> {
  const beyond = before === undefined ? sql`` : sql`and w.id < ${before}::bigint`;
  const [rows = []] = await runtime.database.read(sql`
    select ${webhookJson(sql`w`)} as webhook from licensing."Webhook" w where w.deleted_at is null ${beyond} order by w.id desc limit ${limit + 1}`);
  return rows.map((row) => row["webhook"] as Webhook);
}

/** Reads an address. Throws webhook-not-found. */
export async function requireWebhook(runtime: Runtime, webhookId: string): Promise<Webhook> {
  const [rows = []] = await runtime.database.read(sql`
    select ${webhookJson(sql`w`)} as webhook from licensing."Webhook" w where ${webhookIs(webhookId, sql`w`)}`);
  return rows[0] === undefined ? throwProblem("webhook-not-found") : (rows[0]["webhook"] as Webhook);
}

async function requireUsable(runtime: Runtime, url: string): Promise<void> {
  const resolved = await resolveUrl(url, createNetwork(runtime));
  if ("fault" in resolved) throwFaults([{ pointer: "/url", detail: resolved.fault }]);
}

/** Fresh keys, sealed for their webhook; `shownSecret` is the secret in plain text. */
function newKeys(runtime: Runtime, webhookId: string, { hasPair }: { readonly hasPair: boolean }) {
  const shownSecret = mintSecret(runtime);
  const pair = hasPair ? mintKeyPair(runtime) : undefined;
  return {
    shownSecret,
    secret: sealKey(runtime, shownSecret, { purpose: "webhook-secret", webhookId }),
    privateKey: pair === undefined ? null : sealKey(runtime, pair.privateKey, { purpose: "webhook-signing-key", webhookId }),
    publicKey: pair?.publicKey ?? null,
  };
}

/** The answer that an idempotency row stores: the secret is sealed for that row. */
function withSecretJson(sealed: string): SQL {
  return sql`${webhookJson(sql`w`)} || jsonb_build_object('secret', ${sealed}::text)`;
}

type Stored = { readonly document: unknown; readonly replayed: boolean };

async function openDocument(runtime: Runtime, { document, replayed }: Stored, shown: ShownOnce): Promise<WithSecret> {
  const { secret, ...webhook } = document as Webhook & { readonly secret: string };
  return { webhook, replayed, secret: (await openShown(runtime, secret, shown)) ?? null };
}
