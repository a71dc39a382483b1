/**
 * Cleans a pasted word of visible ASCII. Undoes compatibility forms (full-width letters), invisible characters, typographic
 * dashes, surrounding typographic quotation marks and blanks, and the soft line breaks of quoted-printable. Each run of blanks
 * inside becomes one blank.
 */
export function unpaste(text: string): string {
  if (/^[!-~]*$/.test(text)) return text; // Visible ASCII is clean.
  return text
    .replaceAll(/=\r?\n/g, "")
    .normalize("NFKC")
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replaceAll(/[\p{Pd}\u2212\u2043]/gu, "-")
    .replaceAll(/^[[\s\p{P}]--[\x21-\x7e]]+|[[\s\p{P}]--[\x21-\x7e]]+$/gv, "")
    .replaceAll(/\s+/g, " ");
}

/**
 * Replaces Cyrillic and Greek letters with the ASCII capitals and digits that look like them, because keyboards and scanners
 * confuse them. Other characters stay.
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
