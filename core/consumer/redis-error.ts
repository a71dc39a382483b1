import { causeAt, SourceError } from "./source.ts";

/** Begins the cause of an error by which Redis refused a command. */
export const redisAnswered = "Redis answered ";

const refusals = ["NOAUTH", "NOPERM", "WRONGPASS"];

/**
 * Translates an error that Redis answered, by its first word. Another type under the key is about the license; any other error is
 * about the source. The rest of the message is dropped, because clients put the command into it.
 */
export function redisError(message: string, url?: string): SourceError {
  const [word = "ERR"] = /^[A-Z]{2,20}\b/.exec(message) ?? [];
  if (word === "WRONGTYPE") return new SourceError("MALFORMED");
  const answer = /max requests|limit exceeded/.test(message) ? "a quota is used up" : `${redisAnswered}${word}`;
  const cause = url === undefined ? answer : causeAt(url, answer);
  return new SourceError(refusals.includes(word) ? "FORBIDDEN" : "UNREACHABLE", { cause, from: "source" });
}
