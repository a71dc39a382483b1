import { SourceError } from "./source.ts";

const refusals = ["NOAUTH", "NOPERM", "WRONGPASS"];

/**
 * What an error that Redis itself answered means, by its first word: another type under the key is about the license, all
 * others are about the source. Nothing else of the message is passed on: clients put the command into it.
 */
export function redisError(message: string, host?: string): SourceError {
  const [word = "ERR"] = /^[A-Z]{2,20}\b/.exec(message) ?? [];
  if (word === "WRONGTYPE") return new SourceError("MALFORMED");
  const answer = /max requests|limit exceeded/.test(message) ? "a quota is used up" : `Redis answered ${word}`;
  const cause = host === undefined ? answer : `${host}: ${answer}`;
  return new SourceError(refusals.includes(word) ? "FORBIDDEN" : "UNREACHABLE", { cause, from: "source" });
}
