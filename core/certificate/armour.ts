const label = "LICENSE";
const begin = `-----BEGIN ${label}-----`;
const end = `-----END ${label}-----`;
const columns = 64;
/** Enough for a summary of a few lines and the base64 of 8 KB. */
const fileCharactersMax = 20_000;

type Armoured =
  | { readonly ok: true; readonly content: string }
  | { readonly ok: false; readonly reason: "size" | "armour" };

/** Encodes an ASCII text in the strict form of RFC 7468 §3. The comment precedes the block, and must not contain a boundary. */
export function writeArmour(content: string, comment: string): string {
  const body = btoa(content);
  const lines: string[] = [];
  for (let start = 0; start < body.length; start += columns) lines.push(body.slice(start, start + columns));
  return [comment, "", begin, ...lines, end, ""].join("\n");
}

/**
 * Decodes the ASCII text inside the one block of `text`. The text before the block is a comment (RFC 7468 §5.2). After the block
 * only blank lines may follow. Every line of the block except the last has 64 columns, so that a file has one spelling, apart from
 * its comment and its line ends. Accepts any value and never throws.
 */
export function readArmour(text: unknown): Armoured {
  if (typeof text !== "string" || text.length === 0 || text.length > fileCharactersMax) return { ok: false, reason: "size" };
  const lines = text.split(/\r?\n/);
  const first = lines.indexOf(begin);
  const last = lines.indexOf(end);
  const boundaries = lines.filter((line) => line.startsWith("-----")).length;
  if (first < 0 || last <= first + 1 || boundaries !== 2) return { ok: false, reason: "armour" };
  if (lines.slice(last + 1).some((line) => line.trim() !== "")) return { ok: false, reason: "armour" };
  const content = decodeBody(lines.slice(first + 1, last));
  return content === undefined ? { ok: false, reason: "armour" } : { ok: true, content };
}

function decodeBody(lines: readonly string[]): string | undefined {
  const full = lines.slice(0, -1).every((line) => line.length === columns);
  if (!full || (lines.at(-1) ?? "").length > columns) return undefined;
  const body = lines.join("");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) return undefined;
  try {
    const content = atob(body);
    return btoa(content) === body ? content : undefined;
  } catch {
    return undefined;
  }
}
