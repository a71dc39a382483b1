import { causeAt, SourceError } from "./source.ts";

/** The beginning of an error's cause if Redis refused a command. */
export const redisAnswered = "Redis answered ";

const refusals = ["NOAUTH", "NOPERM", "WRONGPASS"];

/**
 * Translates an error that Redis answered, by its first word. `WRONGTYPE` concerns this license: its entry in Redis has another
 * type. Any other error concerns the source. The rest of the message is dropped, because clients put the command into it.
 */
export function redisError(message: string, url?: string): SourceError {
  const [word = "ERR"] = /^[A-Z]{2,20}\b/.exec(message) ?? [];
  if (word === "WRONGTYPE") return new SourceError("MALFORMED");
  const answer = /max requests|limit exceeded/.test(message) ? "a quota is used up" : `${redisAnswered}${word}`;
  const cause = url === undefined ? answer : causeAt(url, answer);
  return new SourceError(refusals.includes(word) ? "FORBIDDEN" : "UNREACHABLE", { cause, from: "source" });
}
