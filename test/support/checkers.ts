import { isDeepStrictEqual } from "node:util";
import { sql } from "drizzle-orm";
import * as z from "zod/mini";
import { problemsPath } from "@licensing/core/http/address.ts";
import { getCertificate } from "@licensing/core/publication/certificate.store.ts";
import { certifiedClaims } from "@licensing/core/certificate/issue.ts";
import { inspect } from "@licensing/core/publication/inspect.store.ts";
import { issuing } from "@licensing/core/publication/publish.store.ts";
import { auditChains } from "@licensing/core/event/audit.store.ts";
import { readCommitted } from "@licensing/core/commit/committed.store.ts";
import type { Database } from "@licensing/core/platform/database.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { problems } from "@licensing/core/problem/catalogue.ts";
import type { ProblemCode } from "@licensing/core/problem/problem.ts";
import type { Answer } from "./service.ts";

/**
 * The guarantees once no call is under way. Each checker reads the stores themselves and answers the violations, a line each; an
 * empty list is the guarantee.
 */

/** No license has more live seats than its limit at `now`, and no fingerprint two of them. */
export async function seatFaults(database: Database, now: Date): Promise<string[]> {
  const [over = [], twice = []] = await database.read(
    sql`select l.id::text as id, l.activation_limit as most, count(*)::int as live
      from licensing."License" l join licensing."Activation" a on a.license_id = l.id
      where a.deactivated_at is null and (a.lease_until is null or a.lease_until > ${now.toISOString()}::timestamptz)
      group by l.id having count(*) > l.activation_limit`,
    sql`select license_id::text as id, fingerprint from licensing."Activation" where deactivated_at is null
      group by license_id, fingerprint having count(*) > 1`,
  );
  return [
    ...over.map((row) => `license ${String(row["id"])} has ${String(row["live"])} live seats of ${String(row["most"])}`),
    ...twice.map((row) => `license ${String(row["id"])} seats ${String(row["fingerprint"])} twice`),
  ];
}

/** Every license's sequence is the count of its events, numbered from 1 without gaps, each linked to the previous one. */
export async function auditFaults(database: Database): Promise<string[]> {
  const [rows = [], seats = []] = await database.read(
    sql`select l.id::text as id, l.sequence::int as sequence, count(e.*)::int as events,
        coalesce(min(e.sequence), 0)::int as first, coalesce(max(e.sequence), 0)::int as last
      from licensing."License" l left join licensing."LicenseEvent" e on e.license_id = l.id group by l.id
      having l.sequence <> count(e.*) or count(e.*) <> coalesce(max(e.sequence), 0) or coalesce(min(e.sequence), 0) <> 1`,
    // Seats and trail must agree: one event for each seat taken, and one for each freed.
    sql`select l.id::text as id from licensing."License" l
      cross join lateral (select count(*) as taken, count(a.deactivated_at) as freed from licensing."Activation" a where a.license_id = l.id) s
      cross join lateral (select count(*) filter (where e.type = 'activated') as taken, count(*) filter (where e.type = 'deactivated') as freed
        from licensing."LicenseEvent" e where e.license_id = l.id) t
      where s.taken <> t.taken or s.freed <> t.freed`,
  );
  const { breaks } = await auditChains({ database });
  return [
    ...rows.map((row) => `license ${String(row["id"])} is at ${String(row["sequence"])} with ${String(row["events"])} events from ${String(row["first"])} to ${String(row["last"])}`),
    ...seats.map((row) => `license ${String(row["id"])} has seats that its events don't record`),
    ...breaks.map((fault) => `license ${fault.licenseId} chain ${fault.kind} at ${fault.sequence}: ${fault.detail}`),
  ];
}

/** For each of these licenses Redis holds a valid certificate that equals the database. */
export async function publicationFaults(runtime: Runtime, licenseIds: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  for (const licenseId of licenseIds) {
    const committed = await readCommitted(runtime, { licenseId, scope: { kind: "all" } });
    const text = await getCertificate(redisOf(runtime), licenseId).catch(() => undefined);
    const held = text === undefined ? undefined : await inspect(text, { licenseId, runtime });
    if (committed === undefined) faults.push(`license ${licenseId} is not in the database`);
    else if (held === undefined) faults.push(`license ${licenseId} has no certificate that can be believed`);
    else {
      const expected = certifiedClaims(committed, issuing(runtime)).license;
      if (!isDeepStrictEqual(JSON.parse(JSON.stringify(expected)), held.claims.license)) {
        faults.push(`license ${licenseId} is certified at ${held.claims.license.sequence} ${held.claims.license.status}, and is at ${expected.sequence} ${expected.status}`);
      }
    }
  }
  return faults;
}

/** The caller's knowledge of one intended change, which has one request id however often it is sent. */
export type Intent = {
  readonly requestId: string;
  /** `done`: answered 2xx; `refused`: answered with a problem that means no change; `unknown`: neither. */
  readonly outcome: "done" | "refused" | "unknown";
  /** The events that the change writes: their number, and their type if other events may come with them. */
  readonly events: number;
  readonly type?: string;
  /** The sequence in the answer. */
  readonly sequence?: number;
};

type EventsOf = { count: number; readonly types: Map<string, number>; readonly sequences: Set<number> };

/** No answered change is lost, no refused change happened, and none happened twice. */
export async function effectFaults(database: Database, intents: readonly Intent[]): Promise<string[]> {
  const found = new Map<string, EventsOf>();
  for (let start = 0; start < intents.length; start += 1_000) {
    const ids = intents.slice(start, start + 1_000).map(({ requestId }) => requestId);
    const [rows = []] = await database.read(sql`select request_id, type, sequence::int as sequence from licensing."LicenseEvent"
      where request_id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`);
    for (const row of rows) {
      const id = String(row["request_id"]);
      const events = found.get(id) ?? { count: 0, types: new Map<string, number>(), sequences: new Set<number>() };
      const type = String(row["type"]);
      found.set(id, events);
      events.count += 1;
      events.types.set(type, (events.types.get(type) ?? 0) + 1);
      events.sequences.add(Number(row["sequence"]));
    }
  }
  return intents.flatMap((intent) => faultsOfIntent(intent, found.get(intent.requestId)));
}

function faultsOfIntent({ requestId, outcome, events, type, sequence }: Intent, found: EventsOf | undefined): string[] {
  const count = (type === undefined ? found?.count : found?.types.get(type)) ?? 0;
  const allowed = outcome === "done" ? [events] : outcome === "refused" ? [0] : [0, events];
  const isTold = outcome !== "done" || events === 0 || sequence === undefined || found?.sequences.has(sequence) === true;
  return [
    ...(allowed.includes(count) ? [] : [`request ${requestId} was ${outcome} and has ${count} events instead of ${allowed.join(" or ")}`]),
    ...(isTold ? [] : [`request ${requestId} was told sequence ${sequence}, which is another's`]),
  ];
}

const problemBody = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().check(z.minLength(1)),
  instance: z.string(),
  code: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]),
  requestId: z.string(),
  errors: z.optional(z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).check(z.minLength(1))),
  statusCode: z.int(),
  message: z.string(),
  messageCode: z.string(),
  seats: z.optional(z.strictObject({ used: z.int(), limit: z.nullable(z.int()) })),
  holders: z.optional(z.array(z.unknown())),
});

/** An answer of 400 or more is a whole problem of ours, and shows nothing of the service's internals. */
export function problemFaults(answer: Pick<Answer, "status" | "headers" | "text" | "body">): string[] {
  if (answer.status < 400) return [];
  const parsed = problemBody.safeParse(answer.body);
  if (!parsed.success) return [`${answer.status} isn't a problem document: ${answer.text.slice(0, 200)}`];
  const { code, status, type, requestId, instance } = parsed.data;
  const faults = [
    ...(status === answer.status && problems[code].status === status ? [] : [`${code} was answered as ${answer.status}`]),
    ...(URL.canParse(type) && type.endsWith(`${problemsPath}/${code}`) ? [] : [`type is ${type}`]),
    ...(requestId === answer.headers.get("x-request-id") && instance === `urn:request:${requestId}` ? [] : ["the request id differs"]),
    ...(answer.headers.get("content-type") === "application/problem+json" ? [] : ["the content type is another"]),
    ...([429, 503].includes(status) && !/^[1-9][0-9]*$/.test(answer.headers.get("retry-after") ?? "") ? ["Retry-After is missing"] : []),
  ];
  return [...faults, ...insideFaults(answer.text)];
}

/** Texts that no answer may contain: stack frames, files, SQL, hosts, drivers, variables. */
const inside = [
  /\bat (?:async )?[\w.<>]+ \(|\.(?:ts|js|mjs):[0-9]+|node_modules|file:\/\//,
  /\b(?:select|insert into|update|delete from)\s+[\w".*]+\s+(?:from|set|values|where|\()/i,
  /postgres|pg_|neon|upstash|redis:|sqlstate|drizzle|ECONN|ETIMEDOUT|EPIPE|127\.0\.0\.1|localhost|APP_ENV_/i,
  /-----BEGIN|<html/i,
  /\b(?:TypeError|RangeError|SyntaxError|ReferenceError|ZodError)\b|\[object Object\]|(?<!received )\bundefined\b/,
];

export function insideFaults(text: string): string[] {
  // A problem's type is an address of the service itself, which is on this machine here.
  const shown = text.replaceAll(/"type":"http:\/\/[^"/]+\/[^"]*"/g, "");
  return inside.flatMap((pattern) => {
    const found = pattern.exec(shown)?.[0];
    return found === undefined ? [] : [`the answer says ${found}`];
  });
}

/** No printed line contains a canary, a certificate, a license key or a token. */
export function secretFaults(printed: readonly string[], canaries: readonly string[]): string[] {
  const all = printed.join("\n");
  const shapes = [/eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}/, /\b[A-Z0-9]{1,12}(?:-[0-9A-HJKMNP-TV-Z]{5}){5}\b/, /postgres(?:ql)?:\/\//, /-----BEGIN/, /\b(?:Bearer|Basic) [A-Za-z0-9+/=._-]{8,}/];
  return [
    ...canaries.filter((canary) => canary.length >= 8 && all.includes(canary)).map((canary) => `printed: a secret that begins with ${canary.slice(0, 3)}`),
    ...shapes.flatMap((shape) => (shape.test(all) ? [`printed: ${shape.source}`] : [])),
  ];
}

/** Every secret of a service's configuration, whole and in its recognizable parts. */
export function canariesOf(environment: Readonly<Record<string, string>>): string[] {
  const whole = ["APP_ENV_APPLICATION_SECRET", "APP_ENV_LICENSING_KEY_PEPPER", "APP_ENV_UPSTASH_REDIS_REST_TOKEN"].map((name) => environment[name] ?? "");
  const pem = (environment["APP_ENV_LICENSING_ED25519_PRIVATE_KEY"] ?? "").split("\n").filter((line) => line.length > 20 && !line.startsWith("-----"));
  const password = URL.parse(environment["APP_ENV_DATABASE_URL"] ?? "")?.password ?? "";
  return [...whole, ...pem, password, decodeURIComponent(password)].filter((text) => text !== "");
}
