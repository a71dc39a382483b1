import type { Fault } from "../problem/problem.ts";
import { escapePointer } from "../problem/problem.ts";

export type Parsed = { readonly value: unknown } | { readonly fault: Fault };

export const depthMax = 16;

/**
 * JSON (RFC 8259) that means the same to everyone who reads it, after the profile of RFC 7493 (I-JSON): no key twice,
 * no lone surrogate, no number that a double would change. NUL is refused because Postgres can't hold it, and the
 * names that reach into a prototype because nobody needs them. At most `depthMax` levels deep.
 *
 * `JSON.parse` decides what is JSON; the walk over its tokens then only finds what it lets pass.
 */
export function parseJson(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: { pointer: "", detail: "is not valid JSON" } };
  }
  const fault = findFault(text);
  return fault === undefined ? { value } : { fault };
}

/** A container on the way down: an object with its keys so far, or an array with its index. */
type Level = { readonly keys?: Set<string>; name: string; index: number; expectsKey: boolean };

/** The text is valid JSON, so a token is a string, a structural character, or a number or literal. */
const tokenPattern = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;
const reservedKeys = new Set(["__proto__", "constructor", "prototype"]);

function findFault(text: string): Fault | undefined {
  const levels: Level[] = [];
  for (const [token] of text.matchAll(tokenPattern)) {
    const level = levels.at(-1);
    if (token === "{" || token === "[") {
      if (levels.length >= depthMax) return { pointer: pointerOf(levels), detail: `is nested deeper than ${depthMax} levels` };
      levels.push(token === "{" ? { keys: new Set(), name: "", index: 0, expectsKey: true } : { name: "", index: 0, expectsKey: false });
    } else if (token === "}" || token === "]") {
      levels.pop();
    } else if (token === ",") {
      if (level !== undefined) advance(level);
    } else if (token !== ":") {
      const detail = level?.expectsKey === true ? enterKey(level, token) : faultOfScalar(token);
      if (detail !== undefined) return { pointer: pointerOf(levels), detail };
    }
  }
  return undefined;
}

function advance(level: Level): void {
  level.index += 1;
  level.expectsKey = level.keys !== undefined;
}

/** Notes the key that a string token is; says what is wrong with it. */
function enterKey(level: Level, token: string): string | undefined {
  const name = JSON.parse(token) as string;
  level.name = name;
  level.expectsKey = false;
  if (reservedKeys.has(name)) return "is a reserved name";
  if (level.keys?.has(name) === true) return "is there twice";
  level.keys?.add(name);
  return faultOfText(name);
}

function faultOfScalar(token: string): string | undefined {
  if (token.startsWith('"')) return token.includes("\\") || !token.isWellFormed() ? faultOfText(JSON.parse(token) as string) : undefined;
  return /^[-0-9]/.test(token) ? faultOfNumber(token) : undefined;
}

function faultOfText(text: string): string | undefined {
  if (!text.isWellFormed()) return "holds a lone surrogate";
  return text.includes("\0") ? "holds a NUL character" : undefined;
}

function faultOfNumber(token: string): string | undefined {
  const value = Number(token);
  const isZeroWritten = /^-?0(?:\.0+)?(?:[eE][-+]?[0-9]+)?$/.test(token);
  const isWhole = /^-?[0-9]+$/.test(token);
  if (Object.is(value, -0) && isZeroWritten) return "is a negative zero";
  const kept = Number.isFinite(value) && (value !== 0 || isZeroWritten) && (!isWhole || Number.isSafeInteger(value));
  return kept ? undefined : "is a number that can't be kept exactly";
}

function pointerOf(levels: readonly Level[]): string {
  return levels.map((level) => `/${escapePointer(level.keys === undefined ? String(level.index) : level.name)}`).join("");
}
