import { describe, expect, test } from "vitest";
import { hmacSha256 } from "@licensing/core/base/hmac.ts";
import { generateKey, keyDigest, keyHint, parseKey } from "@licensing/core/access/license-key.ts";
import { importedKey, keyPrefix } from "@licensing/core/access/license-key-input.ts";
import { keyText } from "@licensing/core/access/license-key-text.ts";

/** The check symbols were computed independently of this code, from log tables of the same field. */
const frozen = [
  "LIC-00000-00000-00000-00000-00000",
  "LIC-00000-00000-00000-00000-00168",
  "LIC-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZ9N",
  "LIC-01234-56789-ABCDE-FGHJK-MNPTN",
  "ACME2026XY-CXV2M-47MGE-TC3B5-V35V3-X4Z65",
] as const;
const key = frozen[4];

const normalizedOf = (text: string) => {
  const parsed = parseKey(text);
  if (!("normalized" in parsed)) throw new Error(parsed.fault);
  return parsed.normalized;
};

describe("a generated key", () => {
  test.each(frozen)("in the frozen form is read unchanged: %s", (text) => expect(parseKey(text)).toEqual({ normalized: text }));

  test("uses five bits of each random byte and adds two check symbols", () => {
    expect(generateKey("LIC", (bytes) => Uint8Array.from({ length: bytes }, (_, index) => index + 224))).toBe(frozen[3]);
    expect(generateKey("LIC", (bytes) => new Uint8Array(bytes).fill(255))).toBe(frozen[2]);
  });

  test.each([
    ["in small letters", key.toLowerCase()],
    ["without dashes", key.replaceAll("-", "")],
    ["in small letters without dashes", key.toLowerCase().replaceAll("-", "")],
    ["with only the dash after the prefix", `ACME2026XY-${key.slice(11).replaceAll("-", "")}`],
    ["with dashes elsewhere", key.replaceAll("-", "").replace(/(...)/g, "$1-")],
    ["between blanks", ` \t${key}\r\n`],
  ])("is recognized %s", (_, text) => expect(parseKey(text)).toEqual({ normalized: key }));

  test("is recognized by its symbols' look-alikes", () => {
    expect(parseKey("lic-ooooo-OOOOO-00000-00000-00i68")).toEqual({ normalized: frozen[1] });
    expect(parseKey("LIC-OL234-56789-ABCDE-FGHJK-MNPTN")).toEqual({ normalized: frozen[3] });
    expect(parseKey("LIC-0I234-56789-ABCDE-FGHJK-MNPTN")).toEqual({ normalized: frozen[3] });
  });

  test("has a prefix in which case is ignored and look-alikes are not", () => {
    expect(parseKey("LOL-01234-56789-ABCDE-FGHJK-MNPTN")).toEqual({ normalized: "LOL-01234-56789-ABCDE-FGHJK-MNPTN" });
  });

  test.each([
    ["a wrong symbol", key.replace("CXV2M", "CXV3M")],
    ["a transposition", key.replace("CXV2M", "CX2VM")],
    ["two wrong symbols", key.replace("CXV2M", "DXV2N")],
    ["a wrong symbol, dashless groups", `ACME2026XY-${key.slice(11).replaceAll("-", "").replace("CXV2M", "CXV3M")}`],
    ["a wrong symbol in small letters", key.toLowerCase().replace("cxv2m", "cxv3m")],
  ])("with %s is refused as mistyped", (_, text) => {
    expect(parseKey(text)).toEqual({ fault: "mistyped" });
    expect(importedKey.safeParse(text).success).toBe(false);
  });

  test.each(["L", "ABCDEFGHIJK", "lic", "1LIC", "LI-C", "", "LÏC"])("has no prefix %j", (prefix) => {
    expect(keyPrefix.safeParse(prefix).success).toBe(false);
    expect(() => generateKey(prefix, (bytes) => new Uint8Array(bytes))).toThrow(TypeError);
  });

  test("can't be made of too few random bytes", () => {
    expect(() => generateKey("LIC", () => new Uint8Array(22))).toThrow(TypeError);
    expect(() => generateKey("LIC", () => new Uint8Array(24))).toThrow(TypeError);
  });
});

describe("an imported key", () => {
  test.each([
    "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "a6b7b810-9dad-11d1-80b4-00c04fd430c8",
    "d41d8cd98f00b204e9800998ecf8427e",
    "Prod_4eC39HqLyjWDarjtT1zdp7dc",
    "!\"#$%&'()*+-./:;<=>?@[]^_`{|}~",
    "abcdefghijklmnopqrstuvwx",
    "abcdefghij".repeat(12),
  ])("%s is kept as it is", (text) => {
    expect(parseKey(text)).toEqual({ normalized: text });
    expect(importedKey.safeParse(text).success).toBe(true);
  });

  test.each(["abcdefghijklmnopqrstuvw", "abcdefghi".repeat(3), "x".repeat(128), "AB-00000-00000-00000-00000-00000"])("%s could be guessed, so it is refused at import and still read", (text) => {
    expect(parseKey(text)).toHaveProperty("normalized");
    expect(importedKey.safeParse(text).success).toBe(false);
  });

  test("differs from another by case alone", () => {
    expect(normalizedOf("d41d8cd98f00b204e9800998ecf8427e")).not.toBe(normalizedOf("D41D8CD98F00B204E9800998ECF8427E"));
  });

  test("in our format needs right check symbols", () => {
    expect(importedKey.safeParse("LICENSE-ABCDE-FGHJK-MNPQR-STVWX-YZ012").success).toBe(false);
    expect(importedKey.safeParse(frozen[3]).success).toBe(true);
  });

  test("in our format with a U in it is not read as ours", () => {
    expect(parseKey("LICENSE-ABCDE-FGHJK-MNPQR-STUVW-XYZ01")).toEqual({ normalized: "LICENSE-ABCDE-FGHJK-MNPQR-STUVW-XYZ01" });
  });
});

test.each([
  ["an empty text", ""],
  ["blanks", " ".repeat(30)],
  ["19 characters", "x".repeat(19)],
  ["129 characters", "x".repeat(129)],
  ["a comma inside", `${"x".repeat(20)},x`],
  ["a NUL", `${"x".repeat(20)}\0`],
  ["a lone surrogate inside", `${"x".repeat(20)}\ud800x`],
  ["64 KB", "x".repeat(65_536)],
])("%s isn't a key", (_, text) => {
  expect(parseKey(text)).toEqual({ fault: "malformed" });
  expect(importedKey.safeParse(text).success).toBe(false);
});

const foreign = "aB3!x_Yz.9876543210-qrs(T";

/** Marks that mail programs, documents, chats, shells and keyboards leave on a word. None makes it another word. */
const transports: readonly (readonly [string, (word: string) => string])[] = [
  ["blanks around", (word) => `  ${word}\t\n`],
  ["a line break inside", (word) => `${word.slice(0, 12)}\r\n${word.slice(12)}`],
  ["a wrapped and indented line", (word) => `${word.slice(0, 12)}\n    ${word.slice(12)}`],
  ["a soft line break of quoted-printable", (word) => `${word.slice(0, 12)}=\r\n${word.slice(12)}`],
  ["typographic quotation marks", (word) => `“${word}”`],
  ["German quotation marks", (word) => `„${word}“`],
  ["guillemets", (word) => `« ${word} »`],
  ["no-break blanks around", (word) => `\u00a0${word}\u202f`],
  ["a byte order mark", (word) => `\ufeff${word}`],
  ["zero-width blanks inside", (word) => word.replaceAll("-", "-\u200b")],
  ["soft hyphens inside", (word) => word.split("").join("\u00ad")],
  ["directional marks", (word) => `\u202a${word}\u202c`],
  ["word joiners", (word) => word.split("").join("\u2060")],
  ["en dashes", (word) => word.replaceAll("-", "–")],
  ["em dashes", (word) => word.replaceAll("-", "—")],
  ["no-break hyphens", (word) => word.replaceAll("-", "‑")],
  ["minus signs", (word) => word.replaceAll("-", "−")],
  ["blanks beside dashes", (word) => word.replaceAll("-", " - ")],
  ["a comma behind", (word) => `${word},`],
  ["an ellipsis behind", (word) => `${word} …`],
  ["an ideographic full stop", (word) => `${word}。`],
  ["a bullet before", (word) => `• ${word}`],
  ["a square bullet before", (word) => `▪ ${word}`],
  ["a bullet of a symbol font", (word) => `\uf0b7 ${word}`],
  ["an emoji before", (word) => `🔑 ${word}`],
  ["an arrow before", (word) => `→ ${word}`],
  ["a Braille blank behind", (word) => `${word}\u2800`],
  ["the sign of a lost character before", (word) => `\ufffd${word}`],
  ["line separators inside", (word) => `${word.slice(0, 12)}\u0085\u2028\u2029\v\f${word.slice(12)}`],
  ["a quoted line that was wrapped", (word) => `${word.slice(0, 12)}\r\n> > ${word.slice(12)}`],
  ["macrons", (word) => word.replaceAll("-", "¯")],
  ["lines of a box", (word) => word.replaceAll("-", "─")],
  ["long-vowel marks", (word) => word.replaceAll("-", "ー")],
  ["full-width characters", (word) => word.replaceAll(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))],
];

/** Marks that a foreign key could contain, so only our keys' check symbols make it safe to remove them. */
const ofOursAlone: readonly (readonly [string, (word: string) => string])[] = [
  ["quotation marks of ASCII", (word) => `"${word}"`],
  ["apostrophes", (word) => `'${word}'`],
  ["back quotes", (word) => `\`${word}\``],
  ["angle brackets", (word) => `<${word}>`],
  ["parentheses", (word) => `(${word})`],
  ["bold marks", (word) => `**${word}**`],
  ["the end of a sentence", (word) => `${word}.`],
  ["blanks for dashes", (word) => word.replaceAll("-", " ")],
  ["line breaks for dashes", (word) => word.replaceAll("-", "\n")],
  ["no dashes", (word) => word.replaceAll("-", "")],
  ["small letters", (word) => word.toLowerCase()],
  ["a dash for a bullet", (word) => `- ${word}`],
  ["a number of a list", (word) => `1. ${word}`],
  ["a quoted line", (word) => `> ${word.slice(0, 12)}\n> ${word.slice(12)}`],
  ["a label", (word) => `License key: ${word}`],
  ["words around", (word) => `Ada's key is ${word} and works.`],
  ["an assignment", (word) => `LICENSE_KEY="${word}"`],
  ["JSON around", (word) => `{"key": "${word}"}`],
  ["a mail address's scheme", (word) => `mailto:${word}`],
  ["a link", (word) => `[${word}](mailto:${word})`],
  ["an address's query", (word) => `https://example.com/buy?key=${word}&seats=5`],
  ["percent-encoding", (word) => `%22${word.replaceAll("-", "%2D")}%22`],
  ["percent-encoded dashes of documents", (word) => encodeURIComponent(word.replaceAll("-", "–"))],
  ["percent-encoded blanks", (word) => word.replaceAll("-", "%20")],
  ["a broken percent-encoding around", (word) => `%E2%80 ${word}`],
  ["a form's blanks", (word) => word.replaceAll("-", "+")],
  ["quoted-printable", (word) => word.replaceAll("-", "=2D")],
  ["quoted-printable dashes of documents", (word) => word.replaceAll("-", "=E2=80=93")],
  ["a named reference of HTML", (word) => `&quot;${word}&quot;&nbsp;`],
  ["named dashes of HTML", (word) => word.replaceAll("-", "&ndash;")],
  ["numbered dashes of HTML", (word) => word.replaceAll("-", "&#8211;")],
  ["hexadecimal dashes of HTML", (word) => word.replaceAll("-", "&#x2D;")],
  ["a number of HTML that no character has", (word) => `&#x110000;${word}`],
  ["soft hyphens of HTML", (word) => `${word.slice(0, 12)}&shy;${word.slice(12)}`],
  ["tags around", (word) => `<span class="key"><b>${word}</b></span>`],
  ["a line break of HTML", (word) => `${word.slice(0, 12)}<br/>${word.slice(12)}`],
  ["escaped quotation marks", (word) => `\\"${word}\\"`],
  ["an escaped line break", (word) => `${word}\\n`],
  ["escaped dashes", (word) => word.replaceAll("-", "\\-")],
  ["a line that a shell continues", (word) => `${word.slice(0, 12)}\\\n${word.slice(12)}`],
  ["its copy behind", (word) => `${word}\n${word}`],
  ["look-alikes of Latin", (word) => inSymbols(word, (symbols) => symbols.replaceAll("0", "O").replaceAll("1", "l"))],
  ["look-alikes of Cyrillic", (word) => word.replaceAll("A", "А").replaceAll("C", "С").replaceAll("X", "Х")],
  ["look-alikes of Greek", (word) => word.replaceAll("A", "Α").replaceAll("X", "Χ").replaceAll("Z", "Ζ")],
];

function inSymbols(word: string, change: (symbols: string) => string): string {
  const cut = word.indexOf("-");
  return word.slice(0, cut) + change(word.slice(cut));
}

test.each([...transports, ...ofOursAlone])("a key of ours is found despite %s", (_, carry) => {
  expect(parseKey(carry(key))).toEqual({ normalized: normalizedOf(key) });
});

test.each(transports)("an imported key is found despite %s", (_, carry) => {
  expect(parseKey(carry(foreign))).toEqual({ normalized: foreign });
});

test.each(ofOursAlone)("an imported key with %s is another key", (_, carry) => {
  const carried = carry(foreign);
  if (carried !== foreign) expect(parseKey(carried)).not.toEqual({ normalized: foreign });
});

test.each([
  ["a wrong symbol", `License key: ${key.replace("CXV2M", "CXV3M")}`],
  ["another group behind", `key:${key}-ABCDE`],
  ["another group before", `key:ABCDE-${key}`],
  ["no mark after its prefix", `key:${key.replaceAll("-", "")}`],
])("a key among other words with %s is not found among them (control)", (_, text) => {
  expect(parseKey(text)).toEqual({ normalized: text.replaceAll(" ", "") });
});

test.each(["mailto:", "key=", "https://example.com/?key="])("an imported key that begins with %s is kept as it is, though it has groups of five", (before) => {
  const imported = `${before}ABCDE-FGHJK-MNPQR-STVWX-YZ012-34567`;
  expect(parseKey(imported)).toEqual({ normalized: imported });
});

test("any text of an accepted size can be looked up and not found", () => {
  expect(keyText.safeParse("nonsense").success).toBe(true);
  expect(keyText.safeParse("").success).toBe(false);
  expect(keyText.safeParse("x".repeat(513)).success).toBe(false);
});

test("a hint shows the last five characters", () => {
  expect(keyHint(normalizedOf(key))).toBe("…X4Z65");
  expect(keyHint(normalizedOf(`${"x".repeat(20)}y`))).toBe("…xxxxy");
});

describe("a digest", () => {
  const underPepper = hmacSha256(Buffer.from("a pepper for tests, 32 bytes long"));

  test("is HMAC-SHA256 of the normal form", () => {
    // printf %s LIC-01234-56789-ABCDE-FGHJK-MNPTN | openssl dgst -sha256 -hmac 'a pepper for tests, 32 bytes long'
    expect(keyDigest(normalizedOf(frozen[3]), underPepper)).toBe("e81ec585d1a2864011e120a901f8a90aff55379ded051f7f3223360049f14477");
  });

  test("differs with another pepper", () => {
    expect(keyDigest(normalizedOf(key), hmacSha256(Buffer.from("another")))).not.toBe(keyDigest(normalizedOf(key), underPepper));
  });
});
