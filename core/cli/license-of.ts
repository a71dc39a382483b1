import type { Client, License, Reply } from "../client/client.ts";
import { unpaste } from "../base/pasted.ts";
import { visible } from "../base/visible.ts";
import { exitCodes, Failure } from "./failure.ts";
import { isId } from "./option-values.ts";
import { plain } from "./world.ts";

/** A name for people: `7187…0001 (user ada, pro-yearly, ACTIVATED)`. */
export function nameOf({ id, holder, policy, status }: License): string {
  return `${id} (${plain(holder.type)} ${plain(holder.id)}, ${policy}, ${status})`;
}

/** The service answers at most so many licenses to a search. */
export const foundMax = 20;

type Found = Reply<"licensesFind">["data"][number];

/**
 * The one license that a text names: an id, a key, a fingerprint, an e-mail address, a name. Throws a Failure if there is none, or
 * if there are several, and lists what is found, also by a part of the text: a command never guesses a customer.
 */
export async function licenseOf({ licenses }: Client, text: string): Promise<License> {
  if (isId(text)) return licenses.read(text);
  const { data } = await licenses.find({ text });
  if (data.length === 0) throw new Failure(exitCodes.notFound, `No license is found by ${JSON.stringify(text)}.`);
  const named = data.filter((found) => isNamed(found, text));
  const [first, ...others] = named;
  // Beyond the most that are found there may be another one of this name.
  if (first !== undefined && others.length === 0 && data.length < foundMax) return first.license;
  const told = named.length > 1 ? named : data;
  const count = told.length === foundMax ? `at least ${foundMax}` : String(told.length);
  const list = `${count}; name one by its id:\n${told.map(({ license }) => `  ${nameOf(license)}`).join("\n")}`;
  if (first === undefined) throw new Failure(exitCodes.notFound, `No license has the name or holder ${JSON.stringify(text)} in full. Licenses found by a part: ${list}`);
  throw new Failure(exitCodes.usage, `Licenses found by ${JSON.stringify(text)}: ${list}`);
}

/**
 * Whether the text is a whole one. The service finds holders and names by a part, too. It finds keys by their last five in any
 * spelling, so "alice" may find another customer's key, which ends in A11CE.
 */
function isNamed({ license: { holder, name, keyHint }, matchedBy }: Found, text: string): boolean {
  if (matchedBy === "keyHint") return text.trim().replace(/^(…|\.\.\.)/, "") === keyHint.slice(1);
  if (matchedBy !== "holder" && matchedBy !== "name") return true;
  const spellings = [visible(text).normalize("NFC"), unpaste(text)].map(folded);
  return [holder.id, name].some((own) => own !== null && spellings.includes(folded(own)));
}

function folded(text: string): string {
  return text.trim().toLowerCase();
}
