/**
 * What the machine that deploys says by its environment. Read once and refused early, all faults at a time, because
 * the providers' own messages for a missing credential don't name it.
 *
 * Production must be told everything: what a machine forgets to say would otherwise be undone without a word, the domain
 * removed, the pager unsubscribed, the certificates' issuer changed. Where doing without is a choice, the word is `none`.
 *
 * This file knows nothing of SST, so that it can be tested as it is.
 */
export type Settings = {
  /** The host name the API is served at; without one it is served at API Gateway's own. */
  readonly domain?: string;
  /** Origins whose pages may call the API from a browser; none by default. */
  readonly corsOrigins: readonly string[];
  /** Who hears an alarm. */
  readonly alarmEmail?: string;
  /** The runbook's own address, which alarms link to; without one they name the file. */
  readonly runbookUrl?: string;
  /** The project that stages which own none make their branch in. */
  readonly neonProjectId?: string;
  /** Another value makes another password of the application's role. */
  readonly databasePasswordEpoch: string;
  readonly certificate: { readonly ttlSeconds: string; readonly issuer: string; readonly audience: string };
};

export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

type Environment = Readonly<Record<string, string | undefined>>;

type Stage = { readonly isPermanent: boolean; readonly isProduction: boolean };

/** Reads the settings of a stage. Throws SettingsError naming every variable that is missing or bad, never its content. */
export function readSettings(environment: Environment, stage: Stage): Settings {
  const faults: string[] = [];
  const read = (name: string, rule: Rule) => readVariable({ environment, name, rule, faults });
  for (const [name, purpose] of credentials) read(name, { purpose, required: true, test: () => true });
  const neonProjectId = read("LICENSING_NEON_PROJECT_ID", {
    purpose: "the Neon project in which stages other than production and staging get a branch",
    required: !stage.isPermanent,
    test: (text) => /^[a-z0-9-]{1,64}$/.test(text),
  });
  // Production needn't be told: a machine that forgets it has another password made, which undoes nothing.
  const databasePasswordEpoch = read("LICENSING_DATABASE_PASSWORD_EPOCH", {
    purpose: "1 to 64 letters, digits, dots and dashes",
    test: (text) => /^[A-Za-z0-9.-]{1,64}$/.test(text),
  });
  const certificate = readCertificate(read, stage);
  const chosen = readChoices(read, stage);
  if (faults.length > 0) throw new SettingsError(`Set before deploying:\n${faults.join("\n")}`);
  return { certificate, databasePasswordEpoch: databasePasswordEpoch ?? "1", ...chosen, ...(neonProjectId === undefined ? {} : { neonProjectId }) };
}

/** What a stage may do without: production by saying so, any other by saying nothing. */
function readChoices(read: Read, { isProduction }: Stage): Omit<Settings, "certificate" | "databasePasswordEpoch" | "neonProjectId"> {
  const choose = (name: string, rule: Rule) => {
    const text = read(name, {
      purpose: `${rule.purpose}, or none`,
      required: isProduction,
      test: (said) => said === none || rule.test(said),
    });
    return text === none ? undefined : text;
  };
  const domain = choose("LICENSING_DOMAIN", { purpose: "a host name", test: isHostName });
  const origins = choose("LICENSING_CORS_ORIGINS", {
    purpose: "https origins, separated by commas; never *",
    test: (text) => text.split(",").every(isOrigin),
  });
  const alarmEmail = choose("LICENSING_ALARM_EMAIL", { purpose: "one address", test: (text) => /^[^@\s]+@[^@\s]+$/.test(text) });
  const runbookUrl = choose("LICENSING_RUNBOOK_URL", { purpose: "the https address of infra/RUNBOOK.md, without #", test: isPage });
  return {
    corsOrigins: origins === undefined ? [] : origins.split(","),
    ...(domain === undefined ? {} : { domain }),
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
    ...(runbookUrl === undefined ? {} : { runbookUrl }),
  };
}

const none = "none";

const credentials = [
  ["NEON_API_KEY", "an API key of the Neon organization"],
  ["UPSTASH_EMAIL", "the e-mail address of the Upstash account"],
  ["UPSTASH_API_KEY", "a management API key of the Upstash account"],
] as const;

type Rule = { readonly purpose: string; readonly required?: boolean; readonly test: (text: string) => boolean };
type Read = (name: string, rule: Rule) => string | undefined;
type Reading = { readonly environment: Environment; readonly name: string; readonly rule: Rule; readonly faults: string[] };

function readVariable({ environment, name, rule, faults }: Reading): string | undefined {
  const text = environment[name];
  if (text === undefined || text === "") {
    if (rule.required === true) faults.push(`${name}: is not set (${rule.purpose})`);
    return undefined;
  }
  if (rule.test(text)) return text;
  faults.push(`${name}: must be ${rule.purpose}`);
  return undefined;
}

/** Issuer and audience are set for every signer alike: a certificate must not depend on which function issued it. */
function readCertificate(read: Read, { isProduction: required }: Stage): Settings["certificate"] {
  const ttlSeconds = read("LICENSING_CERT_TTL_SECONDS", {
    purpose: "whole seconds from 60 to 2592000",
    required,
    test: (text) => /^[0-9]{1,7}$/.test(text) && Number(text) >= 60 && Number(text) <= 2_592_000,
  });
  const name: Rule = {
    purpose: "1 to 255 visible characters, and not none",
    required,
    test: (text) => /^[\x21-\x7e]{1,255}$/.test(text) && text !== none,
  };
  return {
    ttlSeconds: ttlSeconds ?? "86400",
    issuer: read("LICENSING_CERT_ISSUER", name) ?? "licensing",
    audience: read("LICENSING_CERT_AUDIENCE", name) ?? "licensing",
  };
}

function isHostName(text: string): boolean {
  return text.length <= 253 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(text);
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.protocol === "https:" && url.origin === text;
}

/** Of a length that leaves room in an alarm's text. */
function isPage(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.protocol === "https:" && url.username + url.password === "" && text.length <= 512 && !/[\s#]/.test(text);
}
