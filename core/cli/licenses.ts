import type { Activation, License, LicenseEvent, Publication } from "../client/client.ts";
import { never } from "./columns.ts";
import { exitCodes, Failure } from "./failure.ts";
import { foundMax, licenseOf, nameOf } from "./license-of.ts";
import { instantOption, keyOption, recordOf, wholeNumber } from "./option-values.ts";
import type { Adding } from "./run.ts";
import { globalsOf, openSession } from "./session.ts";
import type { Session } from "./session.ts";
import { momentText, plain, print, table } from "./world.ts";

/** The commands that find, show and issue licenses. */
export function addLicenses({ command, world }: Adding): void {
  command("find")
    .argument("<text...>", "whatever the customer sent; - reads it from the input")
    .action(async (words: readonly string[], _own, command) => {
      const session = openSession(world, globalsOf(command));
      const text = words.join(" ") === "-" ? await world.readInput() : words.join(" ");
      const { data } = await session.client.licenses.find({ text }, { signal: world.signal });
      print(session, data, () => table(data.map(({ license, matchedBy }) => ({ ...rowOf(license), "found by": matchedBy }))));
      if (data.length === foundMax) world.err(`These are the best ${foundMax}, and there may be more. \`licensing api licenses list --query search=<text> --all\` lists every license whose name or holder contains the text.\n`);
      if (data.length === 0) throw new Failure(exitCodes.notFound, "No license is found.");
    });
  command("show")
    .argument("<license>", "an id, or a text that names one license")
    .action(async (text: string, _own, command) => show(openSession(world, globalsOf(command)), text));
  command("issue")
    .requiredOption("--policy <policy>", "id or code")
    .requiredOption("--holder <id>", "the holder, `type:id` or the id of a user")
    .option("--name <name>", "a name for people")
    .option("--key <key>", "a key that the license had elsewhere")
    .option("--seats <number>", "the activation limit", wholeNumber)
    .option("--expires <instant>", "the end, or `never`", (text) => (text === never ? text : instantOption(text)))
    .option("--feature <code=value...>", "a feature of its own: `sso`, `projects=50`, `tier=gold`; `sso=false` withdraws the policy's")
    .option("--metadata <name=value...>", "a text of your own")
    .option("--idempotency-key <key>", "makes a repetition safe: the same key gives the same license", keyOption)
    .option("--dry-run", "only print what would be sent")
    .action(async (options: IssueOptions, command) => issue(openSession(world, globalsOf(command)), options));
}

export function rowOf({ id, holder, policy, status, seatsUsed, activationLimit, expiresAt, keyHint, name }: License) {
  return { id, holder: plain(holder.id), policy, status, seats: `${seatsUsed}/${activationLimit ?? "∞"}`, expires: expiresAt?.slice(0, 10) ?? "never", key: keyHint, name: plain(name) };
}

const eventsShown = 8;

async function show(session: Session, text: string): Promise<void> {
  const { client, world: { signal, now } } = session;
  const license = await licenseOf(client, text);
  const verb = statusVerbs[license.status];
  const [seats, latest, [cause]] = await Promise.all([
    client.activations.listOfLicense(license.id, { state: "live", limit: 100 }, { signal }).firstPage(),
    latestEvents(session, license, { limit: eventsShown }),
    verb === undefined ? [] : latestEvents(session, license, { type: verb, limit: 1 }),
  ]);
  print(session, { license, activations: seats.data, events: latest }, () => [
    nameOf(license),
    statusSentence(license, cause, now()),
    ...facts(license, now()),
    `Seats:     ${license.seatsUsed} of ${license.activationLimit ?? "any number"}`,
    ...seats.data.map((seat) => `  ${seatLine(seat, now())}`),
    ...(seats.pagination.hasMore ? ["  …"] : []),
    "Latest:",
    ...latest.map((event) => `  ${momentText(event.createdAt, now())}  ${deedText(event)}`),
  ].join("\n"));
}

/** The event that led to a status. */
const statusVerbs: Partial<Readonly<Record<License["status"], LicenseEvent["type"]>>> = { SUSPENDED: "suspended", REVOKED: "revoked" };

async function latestEvents({ client, world: { signal } }: Session, { id }: License, query: { readonly type?: LicenseEvent["type"]; readonly limit: number }): Promise<readonly LicenseEvent[]> {
  return (await client.events.listOfLicense(id, { ...query, sort: "-sequence" }, { signal }).firstPage()).data;
}

/** The lines about a license that not every one has, and its key and features. */
function facts({ name, features, keyHint, maintenanceUntil, lastValidatedAt, metadata }: License, now: Date): readonly string[] {
  const list = (record: Readonly<Record<string, unknown>>) => Object.entries(record).map(([code, value]) => (value === true ? code : `${code}=${typeof value === "string" ? value : JSON.stringify(value)}`)).join(", ");
  return [
    ...(name === null ? [] : [`Name:      ${plain(name)}`]),
    `Features:  ${plain(list(features)) || "none"}`,
    ...(Object.keys(metadata).length === 0 ? [] : [`Metadata:  ${plain(list(metadata))}`]),
    `Key:       ${keyHint}`,
    ...(maintenanceUntil === null ? [] : [`Releases:  until ${momentText(maintenanceUntil, now)}`]),
    `Validated: ${lastValidatedAt === null ? "never" : momentText(lastValidatedAt, now)}`,
  ];
}

/** The status and its reason: the event that led to it, or the dates. */
function statusSentence({ status, startsAt, expiresAt, graceUntil }: License, cause: LicenseEvent | undefined, now: Date): string {
  const at = (instant: string | null) => (instant === null ? "" : momentText(instant, now));
  if (cause !== undefined) return `${status} since ${at(cause.createdAt)} by ${plain(cause.actor.id)}${cause.reason === undefined ? "" : `: ${plain(cause.reason)}`}`;
  if (status === "EXPIRED") return `EXPIRED since ${at(expiresAt)}${graceUntil !== null && Date.parse(graceUntil) > now.getTime() ? `, valid in grace until ${at(graceUntil)}` : ""}`;
  if (startsAt === null) return `${status}, starts with its first activation`;
  return `${status} since ${at(startsAt)}, ${expiresAt === null ? "perpetual" : `until ${at(expiresAt)}`}`;
}

export function seatLine({ id, fingerprint, name, lastSeenAt, leaseUntil }: Activation, now: Date): string {
  return `${id}  ${plain(fingerprint)}  ${plain(name)}  last seen ${momentText(lastSeenAt, now)}${leaseUntil === null ? "" : `, lease until ${momentText(leaseUntil, now)}`}`;
}

export function eventLine(event: LicenseEvent): string {
  return `${event.createdAt}  ${event.licenseId}  ${deedText(event)}`;
}

/** `#3 renewed by user:ada: order 4711 (expiresAt 2027-01-31T00:00:00.000Z → 2027-02-28T00:00:00.000Z)`. */
function deedText({ sequence, type, actor, reason, changes }: LicenseEvent): string {
  // The type says the status, and the first event has every field.
  const changed = Object.entries(type === "created" ? {} : changes).filter(([field]) => field !== "status");
  const told = changed.map(([field, [from, to]]) => (field === "activation" ? machineText(to ?? from) : `${field} ${valueText(from)} → ${valueText(to)}`)).join(", ");
  return `#${sequence} ${type} by ${plain(actor.type)}:${plain(actor.id)}${reason === undefined ? "" : `: ${plain(reason)}`}${told === "" ? "" : ` (${told})`}`;
}

function valueText(value: unknown): string {
  return value === null ? "none" : plain(typeof value === "string" ? value : JSON.stringify(value));
}

function machineText(machine: unknown): string {
  const { fingerprint = "", name = null } = (machine ?? {}) as { readonly fingerprint?: string; readonly name?: string | null };
  return `${plain(fingerprint)}${name === null ? "" : `, ${plain(name)}`}`;
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
    ...(expires === undefined ? {} : { expiresAt: expires === never ? null : expires }),
    ...(feature.length === 0 ? {} : { features: recordOf(feature.map(featureOf)) }),
    ...(metadata.length === 0 ? {} : { metadata: recordOf(metadata.map(pairOf)) }),
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

/** A feature that isn't granted is absent, so `false` withdraws it. */
function featureOf(text: string): readonly [string, true | number | string | null] {
  if (!text.includes("=")) return [text, true];
  const [code, value] = pairOf(text);
  if (value === "false" || value === "null") return [code, null];
  return [code, value === "true" ? true : /^-?[0-9]{1,15}$/.test(value) ? Number(value) : value];
}
