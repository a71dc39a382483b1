import type { License } from "../client/client.ts";
import { exitCodeOf, exitCodes, Failure, sentenceOf } from "./failure.ts";
import { inFlight } from "./in-flight.ts";
import { holderOf, publicationText, seatLine } from "./licenses.ts";
import { licenseOf, nameOf } from "./license-of.ts";
import { isId, keyOption, recordOf, wholeNumber } from "./option-values.ts";
import type { Adding, Ending } from "./run.ts";
import { globalsOf, openSession } from "./session.ts";
import type { Session } from "./session.ts";
import { print } from "./world.ts";

type VerbOptions = {
  readonly reason?: string; readonly periods?: number; readonly where?: readonly string[]; readonly dryRun?: boolean; readonly yes?: boolean; readonly ifSequence?: number;
  readonly idempotencyKey?: string;
};
type Changed = Awaited<ReturnType<Session["client"]["licenses"]["renew"]>>;
type Verb = { readonly name: "suspend" | "reinstate" | "renew" | "revoke"; readonly done: string };

const verbs: readonly Verb[] = [
  { name: "suspend", done: "Suspended" },
  { name: "reinstate", done: "Reinstated" },
  { name: "renew", done: "Renewed" },
  { name: "revoke", done: "Revoked" },
];

/** The commands that change existing licenses and their seats. */
export function addVerbs(adding: Adding): void {
  const { world, end } = adding;
  for (const verb of verbs) {
    const command = adding.command(verb.name)
      .argument("[license]", "an id, or a text that names one license")
      .option("--reason <text>", "the reason, for the audit trail")
      .option("--where <filter=value...>", "instead of one license: status, policy, holderType, holderId, search, expiresBefore, expiresAfter, metadata.<name>")
      .option("--dry-run", "only say what would be changed")
      .option("--yes", "with --where: change them; without it the licenses are only listed")
      .option("--if-sequence <number>", "only if the license has this sequence", wholeNumber)
      .option("--idempotency-key <key>", "makes a repetition safe for 24 hours, with --where, too: the same key changes each license once", keyOption);
    if (verb.name === "renew") command.option("--periods <number>", "how many periods", wholeNumber);
    command.action(async (text: string | undefined, options: VerbOptions, own) => {
      const session = openSession(world, globalsOf(own));
      end(text === undefined ? await changeMany(session, verb, options) : await changeOne(session, verb, { ...options, text }));
    });
  }
  addHandOver(adding);
  addSeats(adding);
}

function call({ client, world: { signal } }: Session, { name }: Verb, { license, options }: { readonly license: License; readonly options: VerbOptions }): Promise<Changed> {
  const { reason, periods, ifSequence, idempotencyKey } = options;
  const body = { ...(reason === undefined ? {} : { reason }), ...(periods === undefined ? {} : { periods }) };
  return client.licenses[name](license.id, body, { ifMatch: ifSequence, idempotencyKey, signal });
}

async function changeOne(session: Session, verb: Verb, { text, ...options }: VerbOptions & { readonly text: string }): Promise<Ending> {
  if (options.where !== undefined) throw new Failure(exitCodes.usage, "Name one license or a filter by --where, not both.");
  const license = await licenseOf(session.client, text);
  if (options.dryRun === true) return void print(session, { wouldChange: [license] }, () => `Would ${verb.name} ${nameOf(license)}`);
  const changed = await call(session, verb, { license, options });
  print(session, changed, () => `${verb.done} ${nameOf(changed.license)}. ${publicationText(changed.certificate)}`);
  return undefined;
}

/** Lists the licenses that match a filter, and changes them only with --yes. */
async function changeMany(session: Session, verb: Verb, options: VerbOptions): Promise<Ending> {
  const { where = [], dryRun, yes } = options;
  if (where.length === 0) throw new Failure(exitCodes.usage, `Name a license, or a filter: licensing ${verb.name} --where policy=trial --dry-run`);
  if (options.ifSequence !== undefined) throw new Failure(exitCodes.usage, "--if-sequence goes with one license.");
  const found: License[] = [];
  for await (const license of session.client.licenses.list({ ...filterOf(where), limit: 100 }, { signal: session.world.signal })) found.push(license);
  if (dryRun === true || yes !== true) {
    const hint = dryRun === true ? "" : "\nNothing was changed. Add --yes to change them.";
    return void print(session, { wouldChange: found }, () => [`Licenses that would be ${verb.done.toLowerCase()}: ${found.length}`, ...found.map((license) => `  ${nameOf(license)}`)].join("\n") + hint);
  }
  const { signal } = session.world;
  const failed: { readonly id: string; readonly problem: string; readonly exitCode: number }[] = [];
  let changed = 0;
  await inFlight(found, async (license) => {
    const idempotencyKey = options.idempotencyKey === undefined ? {} : { idempotencyKey: `${options.idempotencyKey}:${license.id}` };
    try {
      await call(session, verb, { license, options: { ...options, ...idempotencyKey } });
      changed += 1;
    } catch (error) {
      failed.push({ id: license.id, ...(signal.aborted ? cut : { problem: sentenceOf(error), exitCode: exitCodeOf(error) }) });
      signal.throwIfAborted();
    }
  }, { world: session.world, noun: "licenses" }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  const notBegun = found.length - changed - failed.length;
  print(session, { changed, failed, notBegun }, () => [
    `${verb.done} ${changed} of ${found.length} licenses.`, ...failed.map(({ id, problem }) => `  ${id}: ${problem}`), ...(notBegun === 0 ? [] : [`Not begun: ${notBegun}.`]),
  ].join("\n"));
  if (signal.aborted) return exitCodes.interrupted;
  return failed.length === 0 ? undefined : exitCodes.partly;
}

const cut = { problem: "Interrupted. Whether the change was made is unknown.", exitCode: exitCodes.interrupted };

const filters = new Set(["status", "policy", "holderType", "holderId", "search", "expiresBefore", "expiresAfter", "full"]);

/** `policy=pro`, `metadata.order=4711`. A mistyped or second filter is refused, because without it the command would change more licenses. */
export function filterOf(where: readonly string[]): Readonly<Record<string, never>> {
  const entries = where.map((text) => {
    const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (!filters.has(name) && !/^metadata\.[A-Za-z0-9_.-]{1,64}$/.test(name)) throw new Failure(exitCodes.usage, `${JSON.stringify(text)} isn't a filter. Filters are ${[...filters].join(", ")}, metadata.<name>, each with =value.`);
    return [name, value] as const;
  });
  // Each value is a text in the address; the service checks it.
  return recordOf(entries) as Readonly<Record<string, never>>;
}

function addHandOver({ command, world }: Adding): void {
  command("transfer")
    .argument("<license>", "an id, or a text that names one license")
    .requiredOption("--to <holder>", "the new holder, `type:id` or the id of a user")
    .option("--keep-key", "the old key stays")
    .option("--keep-seats", "the machines keep their seats")
    .option("--reason <text>", "the reason, for the audit trail")
    .option("--dry-run", "only say what would be changed")
    .action(async (text: string, options: { to: string; keepKey?: boolean; keepSeats?: boolean; reason?: string; dryRun?: boolean }, command) => {
      const session = openSession(world, globalsOf(command));
      const license = await licenseOf(session.client, text);
      const { to, dryRun, ...rest } = options;
      if (dryRun === true) return print(session, { wouldChange: [license] }, () => `Would hand ${nameOf(license)} over to ${to}`);
      const handed = await session.client.licenses.transfer(license.id, { holder: holderOf(to), ...only(rest, ["keepKey", "keepSeats", "reason"]) }, { signal: world.signal });
      print(session, handed, () => `Handed over ${nameOf(handed.license)}. ${publicationText(handed.certificate)}${handed.key === undefined ? "" : `\nKey: ${handed.key}`}`);
    });
  command("rotate-key")
    .argument("<license>", "an id, or a text that names one license")
    .option("--overlap <seconds>", "how long the old key still works", wholeNumber)
    .action(async (text: string, { overlap }: { overlap?: number }, command) => {
      const session = openSession(world, globalsOf(command));
      const { id } = await licenseOf(session.client, text);
      const rotated = await session.client.licenses.rotateKey(id, overlap === undefined ? {} : { overlapSeconds: overlap }, { signal: world.signal });
      print(session, rotated, () => `The new key of ${nameOf(rotated.license)}: ${rotated.key}`);
    });
}

/** The given options that the request takes. The service refuses other members. */
function only(options: Readonly<Record<string, unknown>>, names: readonly string[]): Readonly<Record<string, never>> {
  return Object.fromEntries(Object.entries(options).filter(([name, value]) => names.includes(name) && value !== undefined)) as Readonly<Record<string, never>>;
}

function addSeats({ command, world }: Adding): void {
  const seats = command("seats");
  seats
    .command("list")
    .description("list the machines that hold a seat")
    .argument("<license>", "an id, or a text that names one license")
    .action(async (text: string, _own, command) => {
      const session = openSession(world, globalsOf(command));
      const { id } = await licenseOf(session.client, text);
      const held = await Array.fromAsync(session.client.activations.listOfLicense(id, { state: "live", limit: 100 }, { signal: world.signal }));
      print(session, held, () => (held.length === 0 ? "No machine holds a seat." : held.map((seat) => seatLine(seat, world.now())).join("\n")));
    });
  seats
    .command("free")
    .description("free one seat, or with --all every seat of a license")
    .argument("<seat or license>", "the seat's id; with --all an id, or a text that names one license")
    .option("--all", "every seat of the license")
    .option("--reason <text>", "the reason, for the audit trail; with --all")
    .action(async (text: string, { all, reason }: { all?: boolean; reason?: string }, command) => {
      const session = openSession(world, globalsOf(command));
      const { client } = session;
      if (all !== true) {
        if (!isId(text)) throw new Failure(exitCodes.usage, `${JSON.stringify(text)} isn't a seat's id. \`licensing seats list\` shows them.`);
        await client.activations.deactivate(text, { signal: world.signal });
        return print(session, { freed: text }, () => `Freed the seat ${text}.`);
      }
      const { id } = await licenseOf(client, text);
      const released = await client.licenses.releaseSeats(id, reason === undefined ? {} : { reason }, { signal: world.signal });
      print(session, released, () => `Seats freed: ${released.released}, of ${nameOf(released.license)}.`);
    });
}
