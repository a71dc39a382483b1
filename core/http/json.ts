import { escapePointer, type Fault } from "../problem/problem.ts";

export type Parsed = { readonly value: unknown } | { readonly faults: readonly Fault[] };

export const depthMax = 16;
/** The most faults that are reported for one part of a request. */
export const faultsMax = 50;

/**
 * Parses JSON (RFC 8259) that every reader understands alike, after the profile of RFC 7493 (I-JSON): no duplicate keys, no lone
 * surrogates, no number whose decimal value a double changes (`1.0` may come back as `1`). NUL is refused because Postgres can't
 * store it. Names that reach into a prototype are refused because they serve only attacks. At most `depthMax` levels deep.
 * Reports every fault, but stops at one that is nested too deep.
 *
 * `JSON.parse` decides whether the text is JSON. The walk over its tokens only finds the faults that it accepts.
 */
export function parseJson(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { faults: [{ pointer: "", detail: "is not valid JSON" }] };
  }
  const faults = findFaults(text);
  return faults.length === 0 ? { value } : { faults };
}

/** A container that is being read: an object with its keys so far, or an array with its index. */
type Level = { readonly keys?: Set<string>; name: string; index: number; expectsKey: boolean };

/** In valid JSON a token is a string, a structural character, or a number or literal. */
const tokenPattern = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;
const reservedKeys = new Set(["__proto__", "constructor", "prototype"]);

function findFaults(text: string): readonly Fault[] {
  const levels: Level[] = [];
  const faults = new Map<string, Fault>();
  const note = (detail: string) => {
    const pointer = pointerOf(levels);
    if (!faults.has(pointer)) faults.set(pointer, { pointer, detail });
  };
  for (const [token] of text.matchAll(tokenPattern)) {
    const level = levels.at(-1);
    if (token === "{" || token === "[") {
      if (levels.length >= depthMax) {
        note(`is nested deeper than ${depthMax} levels`);
        break;
      }
      levels.push(token === "{" ? { keys: new Set(), name: "", index: 0, expectsKey: true } : { name: "", index: 0, expectsKey: false });
    } else if (token === "}" || token === "]") {
      levels.pop();
    } else if (token === ",") {
      if (level !== undefined) advance(level);
    } else if (token !== ":") {
      const detail = level?.expectsKey === true ? enterKey(level, token) : faultOfScalar(token);
      if (detail !== undefined) note(detail);
      if (faults.size === faultsMax) break;
    }
  }
  return [...faults.values()];
}

function advance(level: Level): void {
  level.index += 1;
  level.expectsKey = level.keys !== undefined;
}

/** Adds the key that a string token holds; returns its fault. */
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
  if (/^-?0(?:\.0+)?(?:[eE]|$)/.test(token)) return Object.is(value, -0) ? "is a negative zero" : undefined;
  const isSafe = Number.isSafeInteger(value) || !/^-?[0-9]+$/.test(token);
  const kept = isSafe && (token === String(value) || decimalOf(token) === decimalOf(String(value)));
  return kept ? undefined : "is a number that can't be kept exactly";
}

/** A number's value, independent of its spelling: its digits without outer zeros, and the power of ten of the last digit. */
function decimalOf(token: string): string | undefined {
  const [, whole, fraction = "", exponent = "0"] = /^-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$/.exec(token) ?? [];
  if (whole === undefined) return undefined;
  const digits = whole + fraction;
  const end = [...digits].findLastIndex((digit) => digit !== "0") + 1;
  return `${digits.slice(0, end).replace(/^0+/, "")}e${Number(exponent) - fraction.length + digits.length - end}`;
}

function pointerOf(levels: readonly Level[]): string {
  return levels.map((level) => `/${escapePointer(level.keys === undefined ? String(level.index) : level.name)}`).join("");
}
