import { chainStart, verifyChain } from "../event/chain.ts";
import type { ChainBreak } from "../event/chain.ts";
import { eventDigest } from "../event/event.ts";
import type { FieldChanges } from "../event/event.ts";
import type { License, LicenseEvent } from "../client/client.ts";
import { auditDocument, auditLines } from "./audit-report.ts";
import { exitCodes, Failure } from "./failure.ts";
import { licenseOf } from "./license-of.ts";
import { isId } from "./option-values.ts";
import type { Adding } from "./run.ts";
import { globalsOf, isJson, openSession } from "./session.ts";
import type { Session } from "./session.ts";
import { print } from "./world.ts";

type AuditOptions = { readonly license?: string; readonly after?: string; readonly offline?: boolean; readonly database?: string };

/** Adds the command that recomputes the trail's chains: by the API, or with the database alone. */
export function addAudit({ command, world, end }: Adding): void {
  command("audit")
    .option("--license <license>", "only this one: an id, or a text that names one license")
    .option("--after <id>", "only licenses with greater ids, such as the last id that an interrupted audit printed")
    .option("--offline", "read the database instead of the API; also compare each chain with the last hash that its license stores")
    .option("--database <url>", "with --offline: the database, before APP_ENV_DATABASE_URL")
    .addHelpText("after", "\nExit code 0: every chain holds; 1: some don't (license, sequence and kind are named). With --offline 2: it could not finish.")
    .action(async (options: AuditOptions, own) => {
      if (options.license !== undefined && options.after !== undefined) throw new Failure(exitCodes.usage, "--after: can't be combined with --license");
      if (options.after !== undefined && !isId(options.after)) throw new Failure(exitCodes.usage, "--after: must be an id");
      if (options.database !== undefined && options.offline !== true) throw new Failure(exitCodes.usage, "--database goes with --offline.");
      const globals = globalsOf(own);
      if (options.offline === true) {
        const { auditOffline } = await import("./audit-offline.ts");
        return end(await auditOffline(world, { ...options, json: isJson(world, globals) }));
      }
      end(await auditByApi(openSession(world, globals), options));
    });
}

type Broken = ChainBreak & { readonly licenseId: string };

async function auditByApi(session: Session, { license, after }: AuditOptions) {
  const { client, world } = session;
  const counts = { licenses: 0, events: 0 };
  const breaks: Broken[] = [];
  const one = license === undefined ? undefined : await licenseOf(client, license);
  const licenses = one === undefined ? client.licenses.list({ sort: "createdAt", limit: 100 }, { signal: world.signal }) : [one];
  for await (const each of licenses) {
    if (after !== undefined && BigInt(each.id) <= BigInt(after)) continue;
    const events = await Array.fromAsync(client.events.listOfLicense(each.id, { limit: 100 }, { signal: world.signal }));
    const fault = breakOf(each, events);
    if (fault !== undefined) breaks.push({ licenseId: each.id, ...fault });
    counts.licenses += 1;
    counts.events += events.length;
    if (world.isTerminal && counts.licenses % 100 === 0) world.err(`${counts.licenses} licenses, ${counts.events} events, up to license ${each.id}\n`);
  }
  const report = { ...counts, breaks };
  print(session, auditDocument(report), () => auditLines(report).join("\n"));
  return breaks.length === 0 ? exitCodes.done : exitCodes.failed;
}

/**
 * The first link that doesn't hold. The license was read before its events, so the chain may have later events than the license
 * counts.
 */
function breakOf({ sequence }: License, events: readonly LicenseEvent[]): ChainBreak | undefined {
  const rows = events.map(({ id, licenseId, type, actor, reason = null, requestId, createdAt, previousHash, hash, ...rest }) => {
    // The contract types a changed value only as JSON.
    const changes = rest.changes as FieldChanges;
    const digest = eventDigest(licenseId, { type, reason, changes }, { actor, requestId, at: new Date(createdAt) });
    const link = { sequence: rest.sequence, previous_hash: previousHash, hash, digest };
    return { id, license_id: licenseId, type, reason, changes, actor_type: actor.type, actor_id: actor.id, request_id: requestId, created_at: createdAt, ...link };
  });
  const verdict = verifyChain(rows, { from: chainStart });
  if (!verdict.intact) return verdict.break;
  const isShort = verdict.position.sequence < sequence;
  return isShort ? { kind: "removed", sequence: verdict.position.sequence + 1, detail: `the license has ${sequence} events` } : undefined;
}
