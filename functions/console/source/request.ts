const marks = /BEGIN\s*LICENSE\s*REQUEST/;
const digestBytes = 8;

/**
 * Reads the fingerprint from the text of a machine's request, which `@licensing/consumer` writes, or from a fingerprint alone.
 * Undefined: the text is neither, or was changed on the way.
 */
export async function readRequest(text: string): Promise<string | undefined> {
  if (!marks.test(text)) return /^[A-Za-z0-9._:+/=-]{8,256}$/.test(text.trim()) ? text.trim() : undefined;
  // Mail adds blanks, quotes and dashes between the letters.
  const symbols = text.replaceAll(/[^A-Za-z0-9]+/g, "");
  const content = decoded(symbols.split("BEGINLICENSEREQUEST").at(-1)?.split("ENDLICENSEREQUEST").at(0) ?? "");
  const [machine = "", nonce = "", digest] = content.split(".");
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${machine}.${nonce}`)));
  const own = btoa(String.fromCharCode(...hash.slice(0, digestBytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  if (digest !== own) return undefined;
  return new TextDecoder().decode(Uint8Array.from(decoded(machine.replaceAll("-", "+").replaceAll("_", "/")), (symbol) => symbol.charCodeAt(0)));
}

function decoded(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return "";
  }
}
