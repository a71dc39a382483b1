import type { Activation, License, LicenseEvent, Publication } from "../client/client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { licenseOf, nameOf } from "./license-of.ts";
import type { Adding } from "./run.ts";
import { globalsOf, openSession } from "./session.ts";
import type { Session } from "./session.ts";
import { plain, print, table } from "./world.ts";

/** The commands that find, show and issue licenses. */
export function addLicenses({ command, world }: Adding): void {
  command("find")
    .argument("<text...>", "whatever the customer sent; - reads it from the input")
    .action(async (words: readonly string[], _own, command) => {
      const session = openSession(world, globalsOf(command));
      const text = words.join(" ") === "-" ? await world.readInput() : words.join(" ");
      const { data } = await session.client.licenses.find({ text }, { signal: world.signal });
      print(session, data, () => table(data.map(({ license, matchedBy }) => ({ ...rowOf(license), "found by": matchedBy }))));
      if (data.length === 0) throw new Failure(exitCodes.notFound, "No license is found.");
    });
  command("show")
    .argument("<license>", "an id, or a text that finds one license")
    .action(async (text: string, _own, command) => show(openSession(world, globalsOf(command)), text));
  command("issue")
    .requiredOption("--policy <policy>", "id or code")
    .requiredOption("--holder <id>", "the holder, `type:id` or the id of a user")
    .option("--name <name>", "a name for people")
    .option("--key <key>", "a key that the license had elsewhere")
    .option("--seats <number>", "the activation limit", wholeNumber)
    .option("--expires <instant>", "the end, or `never`")
    .option("--feature <code=value...>", "a feature of its own: `sso`, `projects=50`, `tier=gold`")
    .option("--metadata <name=value...>", "a text of your own")
    .option("--idempotency-key <key>", "makes a repetition safe: the same key gives the same license")
    .option("--dry-run", "only print what would be sent")
    .action(async (options: IssueOptions, command) => issue(openSession(world, globalsOf(command)), options));
}

export function rowOf({ id, holder, policy, status, seatsUsed, activationLimit, expiresAt, keyHint, name }: License) {
  return { id, holder: plain(holder.id), policy, status, seats: `${seatsUsed}/${activationLimit ?? "∞"}`, expires: expiresAt?.slice(0, 10) ?? "never", key: keyHint, name: plain(name) };
}

export function wholeNumber(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new Failure(exitCodes.usage, `${JSON.stringify(text)} is not a whole number.`);
  return Number(text);
}

const eventsShown = 8;

async function show(session: Session, text: string): Promise<void> {
  const { client, world: { signal, now } } = session;
  const license = await licenseOf(client, text);
  const [seats, events] = await Promise.all([
    client.activations.listOfLicense(license.id, { state: "live", limit: 100 }, { signal }).firstPage(),
    client.events.listOfLicense(license.id, { limit: 100 }, { signal }).firstPage(),
  ]);
  const latest = events.data.toSorted((left, right) => right.sequence - left.sequence).slice(0, eventsShown);
  print(session, { license, activations: seats.data, events: latest }, () => [
    nameOf(license),
    statusSentence(license, latest, now()),
    ...(license.name === null ? [] : [`Name:      ${plain(license.name)}`]),
    `Features:  ${plain(JSON.stringify(license.features))}`,
    `Key:       ${license.keyHint}`,
    `Seats:     ${license.seatsUsed} of ${license.activationLimit ?? "any number"}`,
    ...seats.data.map((seat) => `  ${seatLine(seat)}`),
    ...(seats.pagination.hasMore ? ["  …"] : []),
    "Latest:",
    ...latest.map((event) => `  ${eventLine(event)}`),
  ].join("\n"));
}

/** The status and its reason: the event that led to it, or the dates. */
function statusSentence({ status, startsAt, expiresAt, graceUntil }: License, events: readonly LicenseEvent[], now: Date): string {
  const cause = { SUSPENDED: "suspended", REVOKED: "revoked" }[status as string];
  const event = events.find(({ type }) => type === cause);
  if (event !== undefined) return `${status} since ${event.createdAt} by ${plain(event.actor.id)}${event.reason === undefined ? "" : `: ${plain(event.reason)}`}`;
  if (status === "EXPIRED") return `EXPIRED since ${expiresAt}${graceUntil !== null && Date.parse(graceUntil) > now.getTime() ? `, valid in grace until ${graceUntil}` : ""}`;
  if (startsAt === null) return `${status}, starts with its first activation`;
  return `${status} since ${startsAt}, ${expiresAt === null ? "perpetual" : `until ${expiresAt}`}`;
}

export function seatLine({ id, fingerprint, name, lastSeenAt, leaseUntil }: Activation): string {
  return `${id}  ${plain(fingerprint)}  ${plain(name)}  last seen ${lastSeenAt}${leaseUntil === null ? "" : `, lease until ${leaseUntil}`}`;
}

export function eventLine({ createdAt, licenseId, sequence, type, actor, reason }: LicenseEvent): string {
  return `${createdAt}  ${licenseId} #${sequence}  ${type} by ${plain(actor.type)}:${plain(actor.id)}${reason === undefined ? "" : `: ${plain(reason)}`}`;
}

/** Tells when consumers see the change: now, or by an instant. */
export function publicationText({ state, visibleBy, reason }: Publication): string {
  if (state === "published") return "Its certificate is published.";
  return `Its certificate is ${state}${reason === undefined ? "" : ` (${reason})`}${visibleBy === undefined ? "" : `, visible by ${visibleBy}`}.`;
}

type IssueOptions = {
  readonly policy: string; readonly holder: string; readonly name?: string; readonly key?: string; readonly seats?: number; readonly expires?: string;
  readonly feature?: readonly string[]; readonly metadata?: readonly string[]; readonly idempotencyKey?: string; readonly dryRun?: boolean;
};

async function issue(session: Session, { policy, holder, name, key, seats, expires, feature = [], metadata = [], idempotencyKey, dryRun }: IssueOptions): Promise<void> {
  const body = {
    policy,
    holder: holderOf(holder),
    ...(name === undefined ? {} : { name }),
    ...(key === undefined ? {} : { key }),
    ...(seats === undefined ? {} : { activationLimit: seats }),
    ...(expires === undefined ? {} : { expiresAt: expires === "never" ? null : expires }),
    ...(feature.length === 0 ? {} : { features: Object.fromEntries(feature.map(featureOf)) }),
    ...(metadata.length === 0 ? {} : { metadata: Object.fromEntries(metadata.map(pairOf)) }),
  };
  if (dryRun === true) return print(session, body, () => `Would issue ${JSON.stringify(body)}`);
  const issued = await session.client.licenses.issue(body, { idempotencyKey, signal: session.world.signal });
  print(session, issued, () => `Issued ${nameOf(issued.license)}\nKey: ${issued.key}\nThe key is shown this once. ${publicationText(issued.certificate)}`);
}

/** `organization:acme`, or the id of a user. An e-mail address is an id. */
export function holderOf(text: string): { readonly type: string; readonly id: string } {
  const [, type = "user", id = text] = /^([a-z][a-z0-9-]{0,62}):(.+)$/.exec(text) ?? [];
  return { type, id };
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new Failure(exitCodes.usage, `${JSON.stringify(text)} is not of the form name=value.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function featureOf(text: string): readonly [string, true | number | string] {
  if (!text.includes("=")) return [text, true];
  const [code, value] = pairOf(text);
  return [code, value === "true" ? true : /^-?[0-9]{1,15}$/.test(value) ? Number(value) : value];
}
