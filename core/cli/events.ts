import type { LicenseEvent } from "../client/client.ts";
import { exitCodeOf, exitCodes, sentenceOf } from "./failure.ts";
import { eventLine } from "./licenses.ts";
import { licenseOf } from "./license-of.ts";
import { instantOption, positiveNumber, wholeNumberFrom } from "./option-values.ts";
import type { Adding } from "./run.ts";
import { globalsOf, openSession } from "./session.ts";
import type { Session } from "./session.ts";

type EventOptions = { readonly type?: string; readonly actor?: string; readonly after?: string; readonly before?: string; readonly limit?: number; readonly follow?: boolean; readonly interval?: number };

/** A day. Node's timers end at once if they are longer than 24 days. */
const intervalMaxMs = 86_400_000;

/** Adds the command that lists and follows the audit trail. */
export function addEvents({ command, world }: Adding): void {
  command("events")
    .argument("[license]", "an id, or a text that names one license; absent: all licenses")
    .option("--type <type>", "only events of this type")
    .option("--actor <actor>", "only events of this actor, `type:id` or an id")
    .option("--after <instant>", "only events from this instant on", instantOption)
    .option("--before <instant>", "only events before this instant", instantOption)
    .option("--limit <number>", "how many of the latest (default 50)", positiveNumber)
    .option("--follow", "then print new events until it is interrupted; after a lost connection it resumes without a gap")
    .option("--interval <milliseconds>", "with --follow: the time between two requests (default 2000)", wholeNumberFrom(1, intervalMaxMs))
    .action(async (text: string | undefined, options: EventOptions, command) => {
      const session = openSession(world, globalsOf(command));
      const licenseId = text === undefined ? undefined : (await licenseOf(session.client, text)).id;
      if (options.follow === true) return follow(session, { licenseId, options });
      const { limit = 50 } = options;
      const latest: LicenseEvent[] = [];
      for await (const event of newestFirst(session, { licenseId, options })) if (latest.push(event) >= limit) break;
      for (const event of inOrder(latest)) write(session, event);
    });
}

type Asked = { readonly licenseId: string | undefined; readonly options: EventOptions };

/** The events of all licenses, or of one, newest first. */
async function* newestFirst({ client, world: { signal } }: Session, { licenseId, options: { type, actor, after, before } }: Asked): AsyncGenerator<LicenseEvent> {
  // The values are unchecked texts of the command line; the service checks them.
  const given = Object.fromEntries(Object.entries({ type, actor, after, before }).filter(([, value]) => value !== undefined)) as Readonly<Record<string, never>>;
  if (licenseId === undefined) return yield* client.events.list({ ...given, limit: 100 }, { signal });
  yield* client.events.listOfLicense(licenseId, { ...given, sort: "-sequence", limit: 100 }, { signal });
}

/** Sorts events by instant, but those of one license by their sequence alone. */
function inOrder(events: readonly LicenseEvent[]): readonly LicenseEvent[] {
  const own = Map.groupBy(events, ({ licenseId }) => licenseId);
  const queues = new Map([...own].map(([id, group]) => [id, group.toSorted((left, right) => left.sequence - right.sequence)]));
  return events.toSorted((left, right) => (left.createdAt < right.createdAt ? -1 : 1)).flatMap(({ licenseId }) => queues.get(licenseId)?.shift() ?? []);
}

function write({ json, world }: Session, event: LicenseEvent): void {
  world.out(json ? `${JSON.stringify(event)}\n` : `${eventLine(event)}\n`);
}

/** An event's instant is taken before its commit, so events may appear in the list after younger ones. */
const overlapMs = 60_000;

/**
 * Prints every event from `after` (default: now) on, once, in each license's order. Each request asks again for the time of the
 * overlap, and events that were already printed are skipped. So no event is lost while the service restarts or the connection is
 * down.
 */
async function follow(session: Session, { licenseId, options }: Asked): Promise<void> {
  const { world } = session;
  const startMs = options.after === undefined ? world.now().getTime() : Date.parse(options.after);
  const seen = new Map<string, number>();
  let newestMs = startMs;
  let isDown = false;
  while (!world.signal.aborted) {
    try {
      const after = new Date(Math.max(startMs, newestMs - overlapMs)).toISOString();
      const fresh: LicenseEvent[] = [];
      for await (const event of newestFirst(session, { licenseId, options: { ...options, after } })) if (!seen.has(event.id)) fresh.push(event);
      for (const event of inOrder(fresh)) {
        write(session, event);
        const atMs = Date.parse(event.createdAt);
        seen.set(event.id, atMs);
        newestMs = Math.max(newestMs, atMs);
      }
      for (const [id, atMs] of seen) if (atMs < newestMs - 2 * overlapMs) seen.delete(id);
      isDown = false;
    } catch (error) {
      if (world.signal.aborted) break;
      if (exitCodeOf(error) !== exitCodes.later) throw error;
      if (!isDown) world.err(`${sentenceOf(error)} Trying again.\n`);
      isDown = true;
    }
    await pause(options.interval ?? 2_000, world.signal);
  }
  throw new DOMException("Interrupted.", "AbortError");
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
