import { describe, expect, test } from "vitest";
import type { LicenseEvent } from "@licensing/core/event/event.ts";
import { eventRepresentation, representEvent } from "@licensing/core/event/representation.ts";
import { tableReply } from "@licensing/core/http/csv-reply.ts";

const event: LicenseEvent = {
  id: "7187634217123840001",
  licenseId: "7187634217123840000",
  sequence: 2,
  type: "suspended",
  actor: { type: "user", id: "ada" },
  reason: null,
  changes: { status: ["ACTIVATED", "SUSPENDED"] },
  requestId: "request-1",
  createdAt: new Date("2026-03-01T00:00:00.000Z"),
  previousHash: "a".repeat(64),
  hash: "b".repeat(64),
};

function eventsCsv(events: readonly LicenseEvent[]): string {
  const page = { data: events.map(representEvent), pagination: { hasMore: false, nextCursor: null } };
  return String(tableReply(page, { format: "csv", name: "license-events", representation: eventRepresentation }).body);
}
const csvOf = (changed: Partial<LicenseEvent> = {}) => eventsCsv([{ ...event, ...changed }]);
const rowOf = (changed: Partial<LicenseEvent>) => csvOf(changed).slice(csvOf().indexOf("\r\n") + 2);

/** A reader of RFC 4180 that shares no code with the writer. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let [row, field, isQuoted] = [[] as string[], "", false];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (isQuoted) {
      if (character !== '"') field += character;
      else if (text.charAt(at + 1) === '"') field += text.charAt((at += 1));
      else isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === ",") [row, field] = [[...row, field], ""];
    else if (character === "\r" && text.charAt(at + 1) === "\n") {
      rows.push([...row, field]);
      [row, field, at] = [[], "", at + 1];
    } else field += character;
  }
  return rows;
}

describe("events as CSV", () => {
  test("have a frozen form: the header, then the event, each line ended by CRLF", () => {
    expect(csvOf()).toBe(
      "id,licenseId,sequence,type,actorType,actorId,reason,changes,requestId,createdAt,previousHash,hash\r\n" +
        `7187634217123840001,7187634217123840000,2,suspended,user,ada,,"{""status"":[""ACTIVATED"",""SUSPENDED""]}",request-1,` +
        `2026-03-01T00:00:00.000Z,${"a".repeat(64)},${"b".repeat(64)}\r\n`,
    );
  });

  test("are the header alone without events", () => {
    expect(parseCsv(eventsCsv([]))).toHaveLength(1);
  });

  test.each(["a,b", 'say "no"', "two\r\nlines", "line\nfeed", '"', ",", ""])("keep a reason unchanged: %j", (reason) => {
    const [header = [], row = []] = parseCsv(csvOf({ reason }));
    expect(row).toHaveLength(header.length);
    expect(row[header.indexOf("reason")]).toBe(reason);
  });

  test("keep changes as JSON", () => {
    const changes = { name: [null, 'a "quoted", name'], terms: [{ features: { sso: true } }, {}] } as const;
    const [header = [], row = []] = parseCsv(csvOf({ changes }));
    expect(JSON.parse(row[header.indexOf("changes")] ?? "")).toEqual(changes);
  });

  test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "\u00a0=1", '=HYPERLINK("http://x","y")'])(
    "have no field that a spreadsheet would take for a formula: %j",
    (text) => {
      for (const changed of [{ reason: text }, { requestId: text }, { actor: { type: "user", id: text } }]) {
        const fields = parseCsv(csvOf(changed))[1] ?? [];
        expect(fields).toContain(`'${text}`);
        expect(fields.filter((field) => /^\s*[=+\-@＝＋－＠]/.test(field))).toEqual([]);
      }
    },
  );

  test("leave a field that only contains such a sign unchanged", () => {
    expect(rowOf({ reason: "2-1=1" })).toContain(",2-1=1,");
  });
});
