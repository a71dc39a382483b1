import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { auditFaults, canariesOf, effectFaults, insideFaults, problemFaults, seatFaults, secretFaults } from "../support/checkers.ts";
import type { Intent } from "../support/checkers.ts";
import { createPolicy } from "../support/fixtures.ts";
import { historyFaults } from "../support/history.ts";
import { marker } from "./naughty.ts";
import { seededRandom } from "../support/random.ts";
import { exchangeRaw } from "./raw-exchange.ts";
import type { RawAnswer } from "./raw-exchange.ts";
import { base, startService } from "../support/service.ts";
import type { Subject } from "../support/verbs.ts";
import { visible } from "../../core/base/visible.ts";
import { loadEntries } from "../../infra/openapi.ts";
import { hostileTo } from "./hostile-requests.ts";
import type { Hostile } from "./hostile-requests.ts";
import { createSubject } from "./operations.ts";

const isLong = process.env["LICENSING_PROVE"] === "long";
const wanted = isLong ? 20_000 : 1_000;
const batchSize = 20;
/** The long form prints its seed, with which a failure can be repeated. */
const seed = isLong ? Date.now() % 1_000_000 : 42;
const victimsCount = isLong ? 100 : 25;

/** Every statement that reached the database, by its text without its parameters. */
const statements = new Set<string>();
const service = await startService({
  rewriteSql: (query) => {
    statements.add(query);
    return query;
  },
});
const port = Number(new URL(service.origin).port);
const policy = await createPolicy(service, { activationLimit: 1_000 });
const policyId = String((await service.call("GET", `${base}/policies/${policy}`)).body.id);
const victims: Subject[] = [];
for (let index = 0; index < victimsCount; index += 1) victims.push(await createSubject({ service, policy, basic: "" }));
const token = await service.token("admin");
// The first check of the keys registers the service's own, so it comes before the comparison.
await service.call("POST", `${base}/keys/check`, { body: {} });
// Columns that a read or a validation may write are left out below.
const tables = ["License", "Activation", "LicenseEvent", "LicenseKey", "Policy", "PolicyDefinition", "Credential", "IdempotencyRecord", "TrialLedger", "SigningKey"];

/** A digest of all rows, without last-seen and last-used times and certificates' due times. */
async function fingerprint(): Promise<string> {
  const sums = tables.map((table) => sql`(select md5(coalesce(string_agg(digest, '' order by digest), '')) from (
    select md5((to_jsonb(t) - 'last_validated_at' - 'last_seen_at' - 'last_used_at')::text) as digest
    from licensing.${sql.identifier(table)} t) rows)`);
  const [rows = []] = await service.owner.read(sql`select concat(${sql.join(sums, sql`, `)}) as sum`);
  return String(rows[0]?.["sum"]);
}

type Sent = { readonly hostile: Hostile; readonly requestId: string; readonly answer: RawAnswer };

let sentSoFar = 0;

async function send(hostile: Hostile): Promise<Sent> {
  sentSoFar += 1;
  const victim = victims[sentSoFar % victims.length];
  const requestId = `hostile-request-${sentSoFar}`;
  const fill = (text: string) =>
    text.replaceAll("[token]", token).replaceAll("[id]", victim?.licenseId ?? "").replaceAll("[seat]", victim?.seat ?? "").replaceAll("[policy]", policyId);
  const isNamed = hostile.headers.some((header) => /^x-request-id:/i.test(header));
  const lines = [
    `${hostile.method} ${fill(hostile.path)} HTTP/1.1`,
    ...(hostile.headers.some((header) => /^host:/i.test(header)) ? [] : ["Host: 127.0.0.1"]),
    ...(isNamed ? [] : [`X-Request-ID: ${requestId}`]),
    ...hostile.headers.map(fill),
    ...(hostile.body === "" || hostile.headers.some((header) => /^(content-length|transfer-encoding):/i.test(header)) ? [] : [`Content-Length: ${hostile.body.length}`]),
    "Connection: close",
  ];
  const answer = await exchangeRaw(port, `${lines.join("\r\n")}\r\n\r\n${hostile.body}`);
  return { hostile, requestId, answer };
}

/** Whether Node's own parser refused the bytes before they were a request. */
const isParserRefusal = ({ status, text, headers }: RawAnswer) => status === 0 || ([400, 431, 501].includes(status) && text === "" && !headers.has("x-request-id"));

function faultsOf({ hostile, answer }: Sent): string[] {
  const name = `${hostile.kind} ${hostile.method} ${hostile.path.slice(0, 100)} with ${JSON.stringify(hostile.planted.slice(0, 60))}`;
  if (isParserRefusal(answer)) return [];
  const isAccepted = answer.status >= 200 && answer.status < 300;
  const body = answer.body as { license?: { name?: unknown }; activation?: unknown; name?: unknown } | undefined;
  // Beside a seat the license has a name of its own.
  const echoed = body?.activation === undefined ? (body?.license?.name ?? body?.name) : undefined;
  return [
    ...(answer.status >= 500 ? [`${answer.status} ${answer.text.slice(0, 200)}`] : []),
    ...(isAccepted && hostile.never2xx ? [`was accepted: ${answer.status}`] : []),
    // HEAD and 304 have no body; a plain 404 or 413 of the gateway's own isn't an answer of a function.
    ...(answer.status >= 400 && hostile.method !== "HEAD" && answer.headers.has("x-request-id") ? problemFaults({ ...answer, text: "" }) : []),
    ...(answer.status >= 400 ? insideFaults(withoutPlanted(answer.text, hostile.planted)) : []),
    ...(isAccepted && hostile.echo === "name" && typeof echoed === "string" && visible(hostile.planted) !== echoed && hostile.kind === "text" ? [`came back as ${JSON.stringify(echoed)}`] : []),
  ].map((fault) => `${name}: ${fault}`);
}

/** The text without the caller's input, which may be echoed. */
function withoutPlanted(text: string, planted: string): string {
  return planted.length < 3 ? text : text.replaceAll(planted, "").replaceAll(JSON.stringify(planted).slice(1, -1), "");
}

async function hostileSample(): Promise<readonly Hostile[]> {
  const entries = (await loadEntries()).filter(({ route }) => route.method !== "ANY");
  // A valid request for a check of the keys changes keys, which other tests cover.
  const all = entries.filter(({ route }) => route.function !== "keys/check").flatMap(hostileTo);
  const random = seededRandom(seed);
  const shuffled = all.map((hostile) => ({ hostile, order: random.next() })).sort((left, right) => left.order - right.order);
  return shuffled.slice(0, wanted).map(({ hostile }) => hostile);
}

describe("hostile requests", () => {
  test(`${wanted} of them, made from every contract: none is answered 5xx, a refused one changes nothing, and no answer shows the service's internals`, { timeout: 1_800_000 }, async () => {
    const sample = await hostileSample();
    const faults: string[] = [];
    const statuses = new Map<string, number>();
    const intents: Intent[] = [];
    let before = await fingerprint();
    for (let start = 0; start < sample.length; start += batchSize) {
      const batch = await Promise.all(sample.slice(start, start + batchSize).map(send));
      for (const sent of batch) {
        const { status } = sent.answer;
        statuses.set(String(status), (statuses.get(String(status)) ?? 0) + 1);
        faults.push(...faultsOf(sent));
        if (status >= 400) intents.push({ requestId: sent.requestId, outcome: "refused", events: 0 });
      }
      const after = await fingerprint();
      const changed = batch.some(({ answer, hostile }) => answer.status >= 200 && answer.status < 300 && hostile.method !== "GET");
      if (!changed && after !== before) faults.push(`batch ${start}: something changed though nothing was accepted`);
      before = after;
    }
    process.stdout.write(`hostile: ${sample.length} requests of ${wanted} wanted: ${JSON.stringify(Object.fromEntries([...statuses].sort()))}; ${statements.size} different statements; seed ${seed}\n`);
    expect(sample).toHaveLength(wanted);
    expect(faults).toEqual([]);
    expect(await effectFaults(service.owner, intents)).toEqual([]);
    // No input became part of a statement's text.
    expect([...statements].filter((statement) => statement.includes(marker))).toEqual([]);
    expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
    expect([...(await seatFaults(service.owner, new Date())), ...(await auditFaults(service.owner)), ...(await historyFaults(service.owner))]).toEqual([]);
    expect(secretFaults(service.printed, canariesOf(service.environment))).toEqual([]);
    // Each log line is one line of JSON, whatever its fields hold.
    expect(service.printed.filter((line) => line.includes("\n") || !isJson(line))).toEqual([]);
  });
});

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
