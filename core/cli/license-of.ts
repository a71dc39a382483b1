import type { Client, License } from "../client/client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { isId } from "./option-values.ts";
import { plain } from "./world.ts";

/** A name for people: `7187…0001 (user ada, pro-yearly, ACTIVATED)`. */
export function nameOf({ id, holder, policy, status }: License): string {
  return `${id} (${plain(holder.type)} ${plain(holder.id)}, ${policy}, ${status})`;
}

/** The service answers at most so many licenses to a search. */
export const foundMax = 20;

/**
 * The one license that a text means: an id, a key, a fingerprint, an e-mail address, a name. Throws a Failure if there is none, or
 * if there are several, which it lists: a command never guesses a customer.
 */
export async function licenseOf({ licenses }: Client, text: string): Promise<License> {
  if (isId(text)) return licenses.read(text);
  const { data } = await licenses.find({ text });
  const [first, ...others] = data;
  if (first === undefined) throw new Failure(exitCodes.notFound, `No license is found by ${JSON.stringify(text)}.`);
  if (others.length > 0) {
    throw new Failure(exitCodes.usage, `${data.length === foundMax ? `At least ${foundMax}` : data.length} licenses are found by ${JSON.stringify(text)}; name one by its id:\n${data.map(({ license }) => `  ${nameOf(license)}`).join("\n")}`);
  }
  return first.license;
}
