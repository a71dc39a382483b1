import { isIPv4 } from "node:net";
import type { PermanentStage, PreviewStage, Stage } from "./stages.ts";
import { permanentStages, previewStage } from "./stages.ts";

/**
 * The settings of one stage: its row of `stages.ts`, checked, if the deploying machine has the providers' credentials. All faults
 * are reported at once, because the providers' own messages for a missing credential don't name it.
 *
 * This file knows nothing of SST, so that it can be tested as it is.
 */
export type Settings = Stage & ({ readonly permanent: PermanentStage } | { readonly preview: PreviewStage });

export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws SettingsError, which names each credential that is missing and each value of the row that can't be deployed. */
export function readSettings(stage: string, environment: Environment): Settings {
  const row = rowOf(stage);
  const faults = [...stageFaults(stage), ...credentialFaults(environment), ...rowFaults(row)];
  if (faults.length > 0) throw new SettingsError(`Set before deploying ${stage}:\n${faults.join("\n")}`);
  return "lifeDays" in row ? { ...row, preview: row } : { ...row, permanent: row };
}

/** The service takes this name for work on one machine, where webhooks may reach the loopback: Lambda's own interface is there. */
function stageFaults(stage: string): readonly string[] {
  return stage === "local" ? ["the stage local: is one machine's; choose another name"] : [];
}

/** Permanent stages are those with a row of their own. */
export function rowOf(stage: string): PermanentStage | PreviewStage {
  return isPermanentStage(stage) ? permanentStages[stage] : previewStage;
}

export function isPermanentStage(stage: string): stage is keyof typeof permanentStages {
  return Object.hasOwn(permanentStages, stage);
}

/** The faults of a row, one line for each value: its place, and the rule that it breaks. */
export function rowFaults(row: PermanentStage | PreviewStage): readonly string[] {
  const rules = "lifeDays" in row ? previewRules(row) : permanentRules(row);
  const broken = [...stageRules(row), ...rules].filter(([, , holds]) => !holds).map(([place, rule]) => `infra/stages.ts ${place}: must be ${rule}`);
  return [...broken, ...placeholders(row, "").map((place) => `infra/stages.ts ${place}: is still the example`)];
}

/** The value's place, its rule, and whether the rule holds. */
type Rule = readonly [place: string, rule: string, holds: boolean];

function stageRules(row: Stage): readonly Rule[] {
  const { ttlSeconds, issuer, audience } = row.certificate;
  return [
    ["domain", "a host name, or null", row.domain === null || isHostName(row.domain)],
    ["corsOrigins", "https origins without a path, each once", row.corsOrigins.every(isOrigin) && new Set(row.corsOrigins).size === row.corsOrigins.length],
    ["certificate.ttlSeconds", "whole seconds from 60 to 2592000", isWholeWithin(ttlSeconds, 60, 2_592_000)],
    ["certificate.issuer", "1 to 255 visible characters", isName(issuer)],
    ["certificate.audience", "1 to 255 visible characters", isName(audience)],
    ["dumps.region", "the name of an AWS region", /^[a-z]{2}(-[a-z]+)+-\d$/.test(row.dumps.region)],
    ["dumps.keepDays", "whole days from 7 to 3650", isWholeWithin(row.dumps.keepDays, 7, 3650)],
    ["databasePasswordEpoch", "a whole number from 1", isWholeWithin(row.databasePasswordEpoch, 1, Number.MAX_SAFE_INTEGER)],
  ];
}

function permanentRules({ alarmEmail, runbookUrl, neon, redis, aws, network, pipeline }: PermanentStage): readonly Rule[] {
  const { organizationId, minimumUnits, maximumUnits, restoreDays } = neon;
  return [
    ["alarmEmail", "one address, or null", alarmEmail === null || /^[^@\s]+@[^@\s]+$/.test(alarmEmail)],
    ["runbookUrl", "the https address of infra/RUNBOOK.md without #, or null", runbookUrl === null || isPage(runbookUrl)],
    ["neon.organizationId", "the identifier of a Neon organization (org-…)", /^org-[a-z0-9-]{1,60}$/.test(organizationId)],
    ["neon.minimumUnits", `one of ${computeUnits.join(", ")}`, computeUnits.includes(minimumUnits)],
    ["neon.maximumUnits", `one of ${computeUnits.join(", ")}, and 0 to 8 above the minimum`, computeUnits.includes(maximumUnits) && maximumUnits >= minimumUnits && maximumUnits - minimumUnits <= 8],
    ["neon.restoreDays", "whole days from 1 to 30", isWholeWithin(restoreDays, 1, 30)],
    ["redis.budgetDollars", "whole dollars from 1", isWholeWithin(redis.budgetDollars, 1, 100_000)],
    ["aws.budgetDollars", "whole dollars from 1", isWholeWithin(aws.budgetDollars, 1, 1_000_000)],
    ["network.subnets", "identifiers of subnets (subnet-…), at least one", network === null || (network.subnets.length > 0 && network.subnets.every((id) => /^subnet-[0-9a-f]{8,17}$/.test(id)))],
    ["network.securityGroups", "identifiers of security groups (sg-…), at least one", network === null || (network.securityGroups.length > 0 && network.securityGroups.every((id) => /^sg-[0-9a-f]{8,17}$/.test(id)))],
    ["network.addresses", "IPv4 addresses or ranges, at least one", network === null || (network.addresses.length > 0 && network.addresses.every(isAddress))],
    ["network.readers", "IPv4 addresses or ranges", network === null || network.readers.every(isAddress)],
    ["pipeline.repository", "owner/name of a GitHub repository", pipeline === null || /^[\w.-]{1,39}\/[\w.-]{1,100}$/.test(pipeline.repository)],
  ];
}

function previewRules({ neonProjectId, lifeDays }: PreviewStage): readonly Rule[] {
  return [
    ["neonProjectId", "the identifier of a Neon project", /^[a-z0-9-]{1,64}$/.test(neonProjectId)],
    ["lifeDays", "whole days from 1 to 90", isWholeWithin(lifeDays, 1, 90)],
  ];
}

/** Sizes that autoscale on Neon's Launch plan. */
const computeUnits: readonly number[] = [0.25, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

const credentials = [
  ["NEON_API_KEY", "an API key of the Neon organization, or of one of its members"],
  ["UPSTASH_EMAIL", "the e-mail address of the Upstash account"],
  ["UPSTASH_API_KEY", "a management API key of the Upstash account"],
] as const;

function credentialFaults(environment: Environment): readonly string[] {
  return credentials.filter(([name]) => (environment[name] ?? "") === "").map(([name, purpose]) => `${name}: is not set (${purpose})`);
}

/** The places of texts that are still examples. */
function placeholders(value: unknown, place: string): readonly string[] {
  if (typeof value === "string") return /(^|[.@/-])example([./-]|$)/.test(value) ? [place] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => placeholders(inner, place === "" ? key : `${place}.${key}`));
}

function isWholeWithin(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

/** `198.51.100.7` or `198.51.100.0/24`. */
function isAddress(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const isBits = bits === undefined || (/^\d{1,2}$/.test(bits) && isWholeWithin(Number(bits), 8, 32));
  return rest.length === 0 && isBits && isIPv4(address);
}

function isName(text: string): boolean {
  return /^[\x21-\x7e]{1,255}$/.test(text);
}

function isHostName(text: string): boolean {
  return text.length <= 253 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(text);
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.protocol === "https:" && url.origin === text;
}

/** Short enough to leave room in an alarm's text. */
function isPage(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.protocol === "https:" && url.username + url.password === "" && text.length <= 512 && !/[\s#]/.test(text);
}
