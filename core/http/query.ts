import { escapePointer, type Fault } from "../problem/problem.ts";

type Query = { readonly values: Readonly<Record<string, string>> } | { readonly faults: readonly Fault[] };

const lengthMax = 4096;
const parametersMax = 32;

/**
 * Reads a query string as `application/x-www-form-urlencoded` (WHATWG URL §5.1), but repairs nothing: a broken escape, a control
 * character or a repeated parameter is a fault. Reads the raw string, because the gateway's map joins repeated parameters with a
 * comma.
 */
export function readQuery(raw: string): Query {
  if (raw === "") return { values: {} };
  const pieces = raw.split("&", parametersMax + 1);
  if (raw.length > lengthMax || pieces.length > parametersMax) return { faults: [{ pointer: "/query", detail: "is too long" }] };
  const values = new Map<string, string>();
  const faults: Fault[] = [];
  for (const piece of pieces) {
    const cut = piece.indexOf("=");
    const name = decode(cut === -1 ? piece : piece.slice(0, cut));
    const value = decode(cut === -1 ? "" : piece.slice(cut + 1));
    if (name === undefined || name === "" || value === undefined) faults.push({ pointer: "/query", detail: "is not well-formed" });
    else if (values.has(name)) faults.push({ pointer: `/query/${escapePointer(name)}`, detail: "is given twice" });
    else values.set(name, value);
  }
  return faults.length > 0 ? { faults } : { values: Object.fromEntries(values) };
}

/** Decodes a name or a value. Undefined: the text isn't percent-encoded UTF-8, or it holds a control character. */
function decode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text.replaceAll("+", " "));
    return /[\p{Cc}\p{Cs}]/u.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}
