const licenseLabel = "LICENSE";
const columns = 64;
/** Enough for 8 KB in base64 with each character escaped, in UTF-16, and for the mail around it. */
const fileCharactersMax = 131_072;

type Armoured =
  | { readonly ok: true; readonly content: string }
  | { readonly ok: false; readonly reason: "size" | "armour" };

/** Encodes an ASCII text in the strict form of RFC 7468 §3. The comment precedes the block, and must not contain a boundary. */
export function writeArmour(content: string, comment: string, label = licenseLabel): string {
  const body = btoa(content);
  const lines: string[] = [];
  for (let start = 0; start < body.length; start += columns) lines.push(body.slice(start, start + columns));
  return [comment, "", `-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/**
 * Decodes the compact JWS, or other text of three dotted segments, inside the one block of `text`, in whatever shape mail, editors,
 * shells and forms left the block.
 *
 * A compact JWS has only letters, digits, `-`, `_` and `.`, so its base64 has only letters and digits, and `=` at its end. Every
 * other character of a block was added on the way and carries nothing. Therefore escapes are undone, everything but letters and
 * digits is dropped, and the block begins after `BEGINLICENSE` and ends before `ENDLICENSE`. The signature covers the decoded text,
 * so a change that remains is found. Text around the block is a comment (RFC 7468 §5.2). A block that is repeated, as in a quoted
 * mail, counts once; two different blocks are refused. Accepts any value and never throws.
 */
export function readArmour(text: unknown, label = licenseLabel): Armoured {
  if (typeof text !== "string" || text.length === 0 || text.length > fileCharactersMax) return { ok: false, reason: "size" };
  for (const read of readings) {
    const [content, ...others] = new Set(contentsIn(read(text), label.replaceAll(" ", "")));
    if (content !== undefined) return others.length === 0 ? { ok: true, content } : { ok: false, reason: "armour" };
  }
  return { ok: false, reason: "armour" };
}

/** How a text may be read, in the order of the attempts. */
const readings: readonly ((text: string) => string)[] = [unescaped, (text) => unnumbered(unescaped(text)), decodedWhole];

function contentsIn(text: string, label: string): readonly string[] {
  const symbols = text.replaceAll(/[^A-Za-z0-9]+/g, "");
  const before = symbols.split(`END${label}`).slice(0, -1);
  return before.map((part) => decodeBody(part.split(`BEGIN${label}`).slice(1).at(-1) ?? "")).filter((content) => content !== undefined);
}

/** Undefined: the symbols aren't the one base64 spelling of three dotted segments. */
function decodeBody(symbols: string): string | undefined {
  try {
    const content = atob(symbols);
    const isOnlySpelling = btoa(content).replace(/=+$/, "") === symbols;
    return isOnlySpelling && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

/** From an ASCII character to its fullwidth form, which input methods of East Asian languages write. */
const fullwidthOffset = 0xfee0;
/** A text may be escaped twice, as a JSON text in a form is. */
const layersMax = 3;

/** Undoes the escapes of mail, addresses, markup and string literals. A block itself has none of the characters that begin one. */
function unescaped(text: string): string {
  // Not a whole normalization: it would read a superscript as its digit, which differs from the digit by one bit in Latin-1.
  let plain = text.replaceAll(/[\uFF01-\uFF5E]/g, (symbol) => String.fromCharCode(symbol.charCodeAt(0) - fullwidthOffset));
  for (let layer = 0; layer < layersMax; layer += 1) {
    const before = plain;
    for (const [escape, replacement] of escapes) plain = plain.replaceAll(escape, replacement);
    if (plain === before) break;
  }
  return plain;
}

const byHex = (_all: string, ...codes: readonly unknown[]): string => symbolOf(Number.parseInt(String(codes.find((code) => typeof code === "string")), 16));
const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">" };

/** Every escape whose spelling has letters or digits. Other escapes leave no letter or digit behind. */
const escapes: readonly (readonly [RegExp, (all: string, ...groups: readonly string[]) => string])[] = [
  // Quoted-printable (RFC 2045 §6.7) and percent encoding (RFC 3986 §2.1).
  [/[=%]([0-9A-F]{2})/gi, byHex],
  // String literals of JSON, JavaScript, C and shells; in RTF a code is in hexadecimal too, and a paragraph ends with \par.
  [/\\+(?:u\{([0-9A-F]{1,6})\}|u([0-9A-F]{4})|x([0-9A-F]{2})|'([0-9A-F]{2}))/gi, byHex],
  [/\\+([0-7]{3})/g, (_all, code = "") => symbolOf(Number.parseInt(code, 8))],
  [/\\+(?:pard?|line|[abefnrtv0])/g, () => "\n"],
  // HTML and XML: numbers, names, tags.
  [/&(?:amp;)*#x([0-9A-F]{1,6});/gi, byHex],
  [/&(?:amp;)*#([0-9]{1,7});/g, (_all, code = "") => symbolOf(Number(code))],
  [/&(?:amp;)*([a-z]{2,31});/gi, (_all, name = "") => entities[name] ?? " "],
  [/<[/!]?[a-z][^<>]{0,200}>/gi, () => "\n"],
];

function symbolOf(code: number): string {
  return code < 0x80 ? String.fromCharCode(code) : " ";
}

/** Without the numbers that an editor or a listing puts before each line. */
function unnumbered(text: string): string {
  return text.replaceAll(/^[^A-Za-z0-9\n]{0,16}\d{1,5}(?:[^\S\n]|[:.|)])+/gm, "");
}

/** A whole file that was encoded in base64 once more, as in an environment variable. Empty if it wasn't. */
function decodedWhole(text: string): string {
  try {
    return atob(text.replaceAll(/[^A-Za-z0-9+/]+/g, ""));
  } catch {
    return "";
  }
}
