import { exitCodes, Failure } from "./failure.ts";

/** A whole number within bounds. Throws a Failure that names both. */
export function wholeNumberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^[0-9]{1,16}$/.test(text) && number >= least && number <= most) return number;
    throw new Failure(exitCodes.usage, `${JSON.stringify(text)} is not a whole number from ${least} to ${most}.`);
  };
}

/** A number that the service bounds further. */
export const wholeNumber = wholeNumberFrom(0, Number.MAX_SAFE_INTEGER);
export const positiveNumber = wholeNumberFrom(1, Number.MAX_SAFE_INTEGER);
/** 0: any free port. */
export const portNumber = wholeNumberFrom(0, 65_535);

export const instantForms = "a date such as 2030-12-31, or an RFC 3339 date and time with an offset";

/** A date alone, as spreadsheets write it, is its beginning in UTC. Any other text stays as it is. */
export function instantOf(text: string): string {
  return /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? `${text}T00:00:00Z` : text;
}

const instantShape = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})$/;

/** Whether a text is an instant by RFC 3339. The service bounds it further. */
export function isInstant(text: string): boolean {
  return instantShape.test(text) && isDay(text.slice(0, 10)) && !Number.isNaN(Date.parse(text));
}

/** `Date.parse` reads the 30th of February as a day of March. */
function isDay(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** An option's instant. Throws a Failure for another text. */
export function instantOption(text: string): string {
  const instant = instantOf(text);
  if (!isInstant(instant)) throw new Failure(exitCodes.usage, `${JSON.stringify(text)} is not ${instantForms}.`);
  return instant;
}

/** The text of an `Idempotency-Key`, which is sent as a header. Throws a Failure for another text. */
export function keyOption(text: string): string {
  if (!/^[\x21-\x7e]{1,255}$/.test(text)) throw new Failure(exitCodes.usage, `${JSON.stringify(text)} is not a key of 1 to 255 visible ASCII characters.`);
  return text;
}

/** The pairs as a record. Throws a Failure for a name that is given twice. */
export function recordOf<Value>(pairs: readonly (readonly [string, Value])[]): Readonly<Record<string, Value>> {
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw new Failure(exitCodes.usage, `${JSON.stringify(twice)} is given twice.`);
  return Object.fromEntries(pairs);
}

/** Whether a text has the form of an id. */
export function isId(text: string): boolean {
  return /^[1-9][0-9]{0,18}$/.test(text);
}
