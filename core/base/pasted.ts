/**
 * Cleans a pasted word of visible ASCII without commas. Undoes compatibility forms (full-width letters), invisible characters,
 * signs that replace a dash, the soft line breaks of quoted-printable, the marks of quoted lines, and at both ends whatever can't be
 * part of such a word: typographic quotation marks, bullets, symbols, commas. Each run of blanks and control characters inside
 * becomes one blank.
 */
export function unpaste(text: string): string {
  if (/^[\x21-\x2b\x2d-\x7e]*$/.test(text)) return text; // Visible ASCII without commas is clean.
  return text
    .replaceAll(/=\r?\n/g, "")
    .replaceAll(/[\r\n][^\S\r\n]*(?:>[^\S\r\n]*)+/g, "\n")
    .replaceAll(dashes, "-")
    .replaceAll(/^[…⋯\s]+|[…⋯\s]+$/g, "")
    .normalize("NFKC")
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replaceAll(/^[[^\0\p{L}\p{M}\p{N}\x21-\x7e],]+|[[^\0\p{L}\p{M}\p{N}\x21-\x7e],]+$/gv, "")
    .replaceAll(/[[\s\p{Cc}]--\0]+/gv, " ");
}

/** Dashes of every kind, and minus signs, bullets, macrons and lines that look like one. */
const dashes = /[\p{Pd}\u2212\u207b\u208b\u2043\u02d7\u00af\u203e\u30fc\uff70\u2500\u2501\u2796\u23af]/gu;

/**
 * Removes the escapes and markup that a word of visible ASCII gets in addresses, mails, pages and shells: percent-encoding,
 * quoted-printable, forms' plus signs for blanks, HTML's references and tags, backslashes. A word may itself contain such
 * characters, so this is only for words that a check recognizes.
 */
export function unescape(text: string): string {
  return text
    .replaceAll(/(?:=[0-9A-F]{2}){2,}|=2[0-9A-F]/gi, (escaped) => escaped.replaceAll("=", "%"))
    .replaceAll(/(?:%[0-9A-F]{2})+/gi, decoded)
    .replaceAll(/&#(?:x([0-9a-f]{1,6})|([0-9]{1,7}));/gi, (_, hex?: string, decimal?: string) => character(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)))
    .replaceAll(/&(?:ndash|mdash|minus|dash|hyphen);/gi, "-")
    .replaceAll(/&(?:shy|zwj|zwnj);/gi, "")
    .replaceAll(/&[a-z]{2,8};/gi, " ")
    .replaceAll(/<\/?[a-z][^<>]*>/gi, " ")
    .replaceAll("+", " ")
    .replaceAll(/\\(?:[nrt](?![a-z0-9]))?/gi, (escaped) => (escaped === "\\" ? "" : " "));
}

function decoded(escaped: string): string {
  try {
    return decodeURIComponent(escaped);
  } catch {
    return escaped;
  }
}

function character(codePoint: number): string {
  return codePoint > 0x10ffff ? "" : String.fromCodePoint(codePoint);
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
