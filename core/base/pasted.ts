/**
 * A word of visible ASCII as people paste it, with the marks undone that can't be its own: compatibility forms (full-width
 * letters), invisible characters, typographic dashes, typographic quotation marks around it, blanks, a soft line break of
 * quoted-printable. Blanks inside stay, each run as one.
 */
export function unpaste(text: string): string {
  return text
    .replaceAll(/=\r?\n/g, "")
    .normalize("NFKC")
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replaceAll(/[\p{Pd}\u2212\u2043]/gu, "-")
    .replaceAll(/^[[\s\p{P}]--[\x21-\x7e]]+|[[\s\p{P}]--[\x21-\x7e]]+$/gv, "")
    .replaceAll(/\s+/g, " ");
}

/**
 * Capitals and digits of ASCII for letters that look like them in Cyrillic and Greek: a keyboard or a scanner puts them into
 * words of Latin letters. Other characters stay.
 */
export function foldLookalikes(text: string): string {
  return text.toUpperCase().replaceAll(/[^\0-\x7f]/g, (letter) => lookalikes.get(letter) ?? letter);
}

const lookalikes = new Map([
  ...pairs("АВЕЅІЈКМНОРСТУХЗ", "ABESIJKMHOPCTYX3"),
  ...pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
]);

function pairs(from: string, to: string): readonly (readonly [string, string])[] {
  return Array.from(from, (letter, at) => [letter, to.charAt(at)] as const);
}
