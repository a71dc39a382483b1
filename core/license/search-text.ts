import { parseKey, type LicenseKey } from "../access/license-key.ts";
import { idSchema } from "../base/id.ts";
import { unpaste } from "../base/pasted.ts";
import { visible } from "../base/visible.ts";
import { fingerprintPattern } from "./fingerprint-pattern.ts";

/** The possible meanings of a text that was pasted to find a license. An absent member is an impossible meaning. */
export type SearchText = {
  readonly key?: LicenseKey;
  readonly id?: string;
  readonly fingerprint?: string;
  /** Key hints, as licenses store them. */
  readonly hints: readonly string[];
  /** Whole names and holder ids, as licenses store them: the text as it was pasted, and without what pasting added. */
  readonly wholes: readonly string[];
  /** Whole texts in metadata, which are stored as they were sent. */
  readonly values: readonly string[];
  /** A part of a name or of a holder's id, in any case. */
  readonly part?: {
    readonly text: string;
    /** The pattern of LIKE for the part, or for as much of it as an index looks for. */
    readonly pattern: string;
    /** The groups of three letters or digits in it: at least one. */
    readonly groups: readonly string[];
  };
};

const hintSymbols = 5;
/** The longest name, holder id and text in metadata, in code points. */
const wholeMax = 255;
const valueMax = 500;
/**
 * The characters of a part by which the index looks for it; the rest is compared afterwards. Each of them costs a look-up, so a
 * long text costs no more than a short one.
 */
const patternMax = 48;

/** Reads a text in every way in which it can be read. */
export function readSearchText(text: string): SearchText {
  const tidy = visible(text).normalize("NFC").trim();
  const pasted = unpaste(text).trim();
  const spellings = [...new Set([tidy, pasted])].filter((each) => each !== "");
  const key = parseKey(text);
  const id = idSchema.safeParse(pasted);
  const part = partOf(tidy);
  return {
    ...("normalized" in key ? { key: key.normalized } : {}),
    ...(id.success ? { id: id.data } : {}),
    ...(fingerprintPattern.test(pasted) ? { fingerprint: pasted } : {}),
    hints: hintsOf(pasted),
    wholes: spellings.filter((each) => lengthOf(each) <= wholeMax),
    values: [...new Set([text, ...spellings])].filter((each) => lengthOf(each) <= valueMax),
    ...(part === undefined ? {} : { part }),
  };
}

/** Symbols of a generated key may be typed in any case and with look-alikes; those of an imported key must match exactly. */
function hintsOf(text: string): readonly string[] {
  const symbols = text.replace(/^(?:…|\.\.\.)/, "");
  if (symbols.length !== hintSymbols) return [];
  const folded = symbols.toUpperCase().replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  return [...new Set([symbols, folded])].map((hint) => `…${hint}`);
}

/** Only a text with three letters or digits in a row: the index holds groups of three, so it would be read whole for others. */
function partOf(text: string): SearchText["part"] {
  if (lengthOf(text) > wholeMax) return undefined;
  const start = text.search(/[\p{L}\p{N}]{3}/u);
  if (start === -1) return undefined;
  const indexed = Array.from(text.slice(start)).slice(0, patternMax).join("");
  const pattern = lengthOf(text) <= patternMax ? text : indexed;
  // The signs of LIKE patterns match themselves.
  return { text, pattern: `%${pattern.replaceAll(/[\\%_]/g, "\\$&")}%`, groups: groupsOf(indexed) };
}

/** The different groups of three letters or digits in a row. */
function groupsOf(text: string): readonly string[] {
  const words = Array.from(text.matchAll(/[\p{L}\p{N}]{3,}/gu), ([word]) => Array.from(word));
  return [...new Set(words.flatMap((word) => word.slice(2).map((_, at) => word.slice(at, at + groupLength).join(""))))];
}

const groupLength = 3;

function lengthOf(text: string): number {
  return Array.from(text).length;
}
