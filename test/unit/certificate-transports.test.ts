import { describe, expect, test } from "vitest";
import { verifyLicenseFile, writeLicenseFile } from "@licensing/core/certificate/license-file.ts";
import { seatDigest } from "@licensing/core/certificate/crypto-node.ts";
import { claimsFor, options, signingKey } from "../support/certificate-fixture.ts";

const claims = { ...claimsFor({ holder: { type: "organization", id: "Café 東京 <R&D> 50 % = \\half" } }), fingerprint: seatDigest("7300000000000000011", "press-hall-0001") };
const good = writeLicenseFile(claims, signingKey);
const from = good.indexOf("-----BEGIN");
const blockOf = (text: string) => text.slice(from);
const block = blockOf(good);

const lines = (text: string) => text.split("\n");
const eachLine = (change: (line: string, index: number) => string) => (text: string) => lines(text).map(change).join("\n");
/** Joins everything and breaks it again, as a narrow window or form does. */
const rewrapped = (width: number) => (text: string) => (text.replaceAll("\n", " ").match(new RegExp(`.{1,${width}}`, "gsu")) ?? []).join("\n");
const escapedAs = (pattern: RegExp, as: (code: number) => string) => (text: string) => text.replaceAll(pattern, (symbol) => as(symbol.codePointAt(0) ?? 0));
const hex = (code: number, digits: number) => code.toString(16).padStart(digits, "0");
const html = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const readAsUtf8 = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");
const bigEndian = (text: string) => Buffer.from(text, "utf16le").swap16();

/** RFC 2045 §6.7, with soft breaks after 76 columns. */
function quotedPrintable(text: string): string {
  const encoded = [...Buffer.from(text)].map((byte) => (byte === 10 ? "\n" : byte === 61 || byte > 126 ? `=${hex(byte, 2).toUpperCase()}` : String.fromCharCode(byte))).join("");
  return lines(encoded).flatMap((line) => line.match(/.{1,60}/g) ?? [""]).map((piece, index, all) => (piece.length === 60 && (all[index + 1] ?? "") !== "" ? `${piece}=` : piece)).join("\r\n");
}

/** Every way in which a file reaches a machine that we know to change its text, by name. */
const transports: Readonly<Record<string, (text: string) => string>> = {
  "a copy": (text) => text,
  "a byte order mark before the file": (text) => `\uFEFF${text}`,
  "a byte order mark before the bare block": (text) => `\uFEFF${blockOf(text)}`,
  "a byte order mark read as Windows-1252": (text) => `ï»¿${blockOf(text)}`,
  "the bare block without its last line end": (text) => blockOf(text).trimEnd(),
  "Windows line ends": (text) => text.replaceAll("\n", "\r\n"),
  "old Mac line ends": (text) => text.replaceAll("\n", "\r"),
  "line ends doubled by a transfer in text mode": (text) => text.replaceAll("\n", "\r\r\n"),
  "Unicode line separators": (text) => text.replaceAll("\n", "\u2028"),
  "the next-line characters of a mainframe": (text) => text.replaceAll("\n", "\u0085"),
  "an empty line after each line": (text) => text.replaceAll("\n", "\n\n"),
  "spaces after each line": eachLine((line) => `${line}   `),
  "an indent of spaces": eachLine((line) => `    ${line}`),
  "an indent of tabs": eachLine((line) => `\t${line}`),
  "a YAML block": (text) => `license: |\n${eachLine((line) => `  ${line}`)(text)}`,
  "a folded YAML text": (text) => `license: >-\n  ${text.replaceAll("\n", " ")}`,
  "joined into one line": (text) => text.replaceAll("\n", ""),
  "joined with spaces, by an unquoted shell variable": (text) => text.replaceAll(/\s+/g, " "),
  "rewrapped at 76 columns": rewrapped(76),
  "rewrapped at 40 columns": rewrapped(40),
  "rewrapped at 7 columns": rewrapped(7),
  "a mail's quoted-printable source": quotedPrintable,
  "a mail's format=flowed": eachLine((line) => (line.length > 60 ? `${line.slice(0, 60)} \r\n ${line.slice(60)}` : `${line} \r`)),
  "quoted in a reply": eachLine((line) => `> ${line}`),
  "quoted three times": eachLine((line) => `>>> ${line}`),
  "quoted by bars": eachLine((line) => `| ${line}`),
  "a reply that quotes it twice": (text) => `See below.\n${eachLine((line) => `> ${line}`)(text)}\nOn Monday somebody wrote:\n${eachLine((line) => `> > ${line}`)(text)}`,
  "text before it": (text) => `Hello,\nhere is your license, valid from today:\n\n${text}`,
  "a mail signature after it": (text) => `${text}\n-- \nAnna Example | BEGIN something new\n+49 30 1234`,
  "a disclaimer in the same line": (text) => `${text.trimEnd()} This message may be confidential.`,
  "the dashes of a signed mail": eachLine((line) => (line.startsWith("-") ? `- ${line}` : line)),
  "no-break spaces": (text) => text.replaceAll(" ", "\u00A0").replaceAll("\n", "\u00A0\n"),
  "smart dashes": (text) => text.replaceAll("-----", "—–"),
  "smart dashes read in a wrong encoding": (text) => text.replaceAll("-----", "\uFFFD\uFFFD"),
  "every hyphen typographic": (text) => text.replaceAll("-", "\u2010"),
  "hyphens lost": (text) => text.replaceAll("-", ""),
  "zero-width spaces": (text) => text.replaceAll(/(.{9})/g, "$1\u200B"),
  "word joiners and direction marks": (text) => text.replaceAll(/(.{11})/g, "$1\u2060\u200E"),
  "soft hyphens": (text) => text.replaceAll(/([A-Za-z0-9]{8})/g, "$1\u00AD"),
  "fullwidth letters of an input method": (text) => text.replaceAll(/[!-~]/g, (symbol) => String.fromCharCode(symbol.charCodeAt(0) + 0xfee0)),
  "a text in Word with smart dashes and soft hyphens": (text) => `\u000B${text.replaceAll("-----", "–––").replaceAll("\n", "\u000B").replaceAll(/([A-Za-z0-9]{30})/g, "$1\u00AD")}\u000C`,
  "rich text (RTF)": (text) => `{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Calibri;}}\\pard\\f0\\fs22 ${text.replaceAll("\\", "\\\\").replaceAll("-----", "\\'96\\'96").replaceAll("\n", "\\par\n")}}`,
  "HTML in a pre element": (text) => `<html><body><pre class="license">${html(text)}</pre></body></html>`,
  "HTML with a br for each line": (text) => `<p>${html(text).replaceAll("\n", "<br />\n")}</p>`,
  "HTML with a span for each line": eachLine((line, index) => `<span id="line-${index}" style="font-family: monospace">${html(line)}</span>`),
  "HTML entities for all but letters": escapedAs(/[^A-Za-z0-9\n]/gu, (code) => `&#${code};`),
  "hexadecimal entities for every character": escapedAs(/[^]/gu, (code) => `&#x${hex(code, 1)};`),
  "named entities": (text) => html(text).replaceAll("=", "&equals;").replaceAll("-", "&hyphen;").replaceAll(" ", "&nbsp;").replaceAll("\n", "&NewLine;"),
  "HTML escaped twice": (text) => html(html(text.replaceAll("\n", "<br>\n").replaceAll("=", "&#61;"))),
  "HTML in quoted-printable": (text) => quotedPrintable(`<div style="margin: 0">${html(text).replaceAll("\n", "<br>\n")}</div>`),
  "XML with CDATA": (text) => `<?xml version="1.0"?><license><![CDATA[${text}]]></license>`,
  "an address's query": (text) => `license=${encodeURIComponent(text)}&next=1`,
  "an address encoded twice": (text) => encodeURIComponent(encodeURIComponent(text)),
  "a form, which writes + for a blank": (text) => new URLSearchParams({ license: text }).toString(),
  "a form, wrongly decoded": (text) => decodeURIComponent(new URLSearchParams({ license: text }).toString()),
  "a JSON text": (text) => JSON.stringify({ license: text }),
  "a JSON text in a JSON text": (text) => JSON.stringify(JSON.stringify(text)),
  "JSON with every character escaped": escapedAs(/[^]/g, (code) => `\\u${hex(code, 4)}`),
  "a shell's $'…'": (text) => `LICENSE=$'${text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}'`,
  "octal escapes": (text) => text.replaceAll("\n", "\\012"),
  "systemd's escapes": (text) => text.replaceAll("-", "\\x2d").replaceAll(" ", "\\x20").replaceAll("\n", "\\x0a"),
  "lines continued by backslashes": eachLine((line) => `${line} \\`),
  "a list of quoted texts": eachLine((line) => `  "${line.replaceAll('"', "'")}",`),
  "C literals": eachLine((line) => `"${line}\\n"`),
  "comments in source": eachLine((line) => `// ${line}`),
  "a diff": eachLine((line) => `+${line}`),
  "a Markdown fence": (text) => `\`\`\`text\n${text}\`\`\`\n`,
  "a Markdown quote in a list": eachLine((line) => `  * > \`${line}\``),
  "Markdown with escaped dashes": (text) => text.replaceAll("-", "\\-"),
  "bold markers of a chat": (text) => text.replaceAll("-----BEGIN LICENSE-----", "*-----BEGIN LICENSE-----*").replaceAll("-----END LICENSE-----", "_-----END LICENSE-----_"),
  "a spreadsheet's cell": (text) => `"${text.replaceAll('"', '""')}"`,
  "a spreadsheet's cells": eachLine((line) => `${line}\t\t`),
  "line numbers of an editor": eachLine((line, index) => `${String(index + 1).padStart(4)}  ${line}`),
  "line numbers of grep": eachLine((line, index) => `${index + 1}:${line}`),
  "UTF-16 of Windows, read as UTF-8": (text) => readAsUtf8(Buffer.from(`\uFEFF${text}`, "utf16le")),
  "UTF-16 in the other order, read as UTF-8": (text) => readAsUtf8(bigEndian(`\uFEFF${text}`)),
  "UTF-8 read as Windows-1252": (text) => Buffer.from(text).toString("latin1"),
  "base64 of the whole file": (text) => Buffer.from(text).toString("base64"),
  "base64 of the whole file in lines": (text) => (Buffer.from(text).toString("base64").match(/.{1,76}/g) ?? []).join("\r\n"),
  "padding lost": (text) => text.replaceAll("=", ""),
};

const accepted = { ok: true, claims, kid: signingKey.kid };
const verified = (text: string) => verifyLicenseFile(text, options());
const symbolsOf = (text: string) => [...text.matchAll(/[A-Za-z0-9]/g)].map(({ index }) => index);
/** The places of the body's letters and digits in the file: its lines, without the boundaries. */
const body = symbolsOf(good).filter((at) => at > good.indexOf("\n", from) && at < good.indexOf("-----END"));

function flipped(text: string, at: number, bit: number): string {
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1);
}

describe("a license file that traveled as", () => {
  test.each(Object.entries(transports))("%s is read, and refused with a flipped bit", (_name, carry) => {
    expect(verified(carry(good))).toEqual(accepted);
    for (let place = 0; place < body.length; place += 83) {
      for (let bit = 0; bit < 8; bit += 1) {
        const verdict = verified(carry(flipped(good, body[place] ?? 0, bit)));
        expect(verdict.ok, `bit ${bit} of symbol ${place}`).toBe(false);
      }
    }
  });

  test.each(Object.entries(transports))("%s is refused if a bit of its block flips afterwards", (_name, carry) => {
    const text = carry(good);
    // The block is by far the longest part, so this half of every text lies in it.
    const [start, end] = [0.4, 0.9].map((part) => Math.floor(text.length * part)) as [number, number];
    let refused = 0;
    for (let at = start; at < end; at += 37) {
      const verdict = verified(flipped(text, at, 1));
      if (verdict.ok) expect(verdict, "a character that carries nothing").toEqual(accepted);
      else refused += 1;
    }
    expect(refused).toBeGreaterThan(0);
  });
});

describe("a block isn't read if", () => {
  test.each([
    ["it is cut", block.slice(0, block.length / 2)],
    ["a letter was added", block.replace("\n", "\nx")],
    ["a line is missing", lines(block).toSpliced(4, 1).join("\n")],
    ["two lines changed places", lines(block).map((line, index, all) => (index === 3 ? all[4] : index === 4 ? all[3] : line)).join("\n")],
    ["it was written in capitals", block.toUpperCase()],
    ["another file stands beside it", block + writeLicenseFile(claimsFor({ sequence: 8 }), signingKey)],
    ["its boundaries are missing", lines(block).slice(1, -2).join("\n")],
  ])("%s", (_name, text) => expect(verified(text).ok).toBe(false));

  test("it is longer than any transport makes a file", () => {
    expect(verified(" ".repeat(131_073 - good.length) + good)).toEqual({ ok: false, reason: "size" });
    expect(verified(" ".repeat(131_072 - good.length) + good)).toEqual(accepted);
  });
});
