import { describe, expect, test } from "vitest";
import type { ChainRow } from "@licensing/core/event/chain.ts";
import { chainStart, verifyChain } from "@licensing/core/event/chain.ts";
import { eventDigest, eventHash, genesisHash } from "@licensing/core/event/event.ts";
import type { EventType } from "@licensing/core/event/event.ts";

const licenseId = "7187634217123840000";
const length = 6;
const types: readonly EventType[] = ["created", "activated", "suspended", "reinstated", "renewed", "revoked"];

/** Gives a row the right digest and hash for its content and place, as anybody who knows the algorithm could. */
function sealed(row: Omit<ChainRow, "digest" | "hash">): ChainRow {
  const author = { actor: { type: row.actor_type, id: row.actor_id }, requestId: row.request_id, at: new Date(row.created_at) };
  const digest = eventDigest(row.license_id, { type: row.type, reason: row.reason, changes: row.changes }, author);
  return { ...row, digest, hash: eventHash(row.previous_hash, row.sequence, digest) };
}

function rowAt(sequence: number, previousHash: string, reason: string | null = null): ChainRow {
  return sealed({
    id: String(sequence),
    license_id: licenseId,
    sequence,
    type: types[(sequence - 1) % types.length] ?? "updated",
    actor_type: "user",
    actor_id: "ada",
    reason,
    changes: { name: [null, `name ${sequence}`] },
    request_id: `request-${sequence}`,
    created_at: `2026-03-01T00:00:0${sequence % 10}.000+00:00`,
    previous_hash: previousHash,
  });
}

function chainOf(count: number): ChainRow[] {
  const rows: ChainRow[] = [];
  for (let sequence = 1; sequence <= count; sequence += 1) rows.push(rowAt(sequence, rows.at(-1)?.hash ?? genesisHash));
  return rows;
}

const rows = chainOf(length);
const headOf = (chain: readonly ChainRow[]) => ({ sequence: chain.length, lastEventHash: chain.at(-1)?.hash ?? genesisHash });
const head = headOf(rows);
const verdict = (chain: readonly ChainRow[]) => {
  const found = verifyChain(chain, { head });
  return found.intact ? "intact" : { kind: found.break.kind, sequence: found.break.sequence };
};
const at = (place: number): ChainRow => rows[place - 1] ?? rowAt(place, genesisHash);
const replaced = (place: number, changed: Partial<ChainRow>) => rows.map((row) => (row.sequence === place ? { ...row, ...changed } : row));
const renumbered = (chain: readonly ChainRow[]) => chain.map((row, index) => ({ ...row, sequence: index + 1 }));

describe("a chain of events", () => {
  test("is intact as it was written, as a whole and in parts", () => {
    expect(verdict(rows)).toBe("intact");
    for (let cut = 0; cut <= length; cut += 1) {
      const first = verifyChain(rows.slice(0, cut), {});
      expect(first.intact).toBe(true);
      if (first.intact) expect(verifyChain(rows.slice(cut), { head, from: first.position }).intact).toBe(true);
    }
  });

  test("without events is intact only for a license without events", () => {
    expect(verifyChain([], { head: { sequence: 0, lastEventHash: genesisHash } })).toEqual({ intact: true, position: chainStart });
    expect(verifyChain([], { head })).toMatchObject({ intact: false, break: { kind: "removed", sequence: 1 } });
  });

  test("has the frozen digest and hash of another implementation of RFC 8785 and SHA-256, so old trails stay verifiable", () => {
    expect(at(1).digest).toBe("430b2a835622a4a58558c7beb91d27b747af3de3233f9d29a8392ca420aa46fd");
    expect(at(1).hash).toBe("4f45ec14701e9ef5d6e4ae96c90b63b6fef4da86b5842461685b282f15ac9130");
  });

  test.each([
    ["type", { type: "updated" }],
    ["reason", { reason: "another" }],
    ["actor's type", { actor_type: "service" }],
    ["actor", { actor_id: "eve" }],
    ["changes", { changes: { name: [null, "forged"] } }],
    ["request", { request_id: "request-0" }],
    ["instant", { created_at: "2026-03-01T00:00:03.001+00:00" }],
    ["instant, to nonsense", { created_at: "never" }],
    ["license", { license_id: "1" }],
    ["digest", { digest: "0".repeat(64) }],
    ["hash", { hash: "0".repeat(64) }],
  ] as const)("with an event whose %s was altered is broken at that event", (_name, changed) => {
    for (let place = 1; place <= length; place += 1) {
      expect(verdict(replaced(place, changed))).toEqual({ kind: "altered", sequence: place });
    }
  });

  test("with an event that was altered and sealed again is broken there, by the event after it or the license's head", () => {
    for (let place = 1; place < length; place += 1) {
      expect(verdict(replaced(place, rowAt(place, at(place).previous_hash, "forged")))).toEqual({ kind: "altered", sequence: place });
    }
    expect(verdict(replaced(length, rowAt(length, at(length).previous_hash, "forged")))).toEqual({ kind: "head", sequence: length });
  });

  test("with a removed event is broken at its place, wherever that is", () => {
    for (let place = 1; place <= length; place += 1) {
      expect(verdict(rows.filter((row) => row.sequence !== place))).toEqual({ kind: "removed", sequence: place });
    }
  });

  test("with a removed event and new numbers after it is broken at its place, too", () => {
    for (let place = 1; place < length; place += 1) {
      const closed = renumbered(rows.filter((row) => row.sequence !== place));
      expect(verdict(closed)).toEqual({ kind: "removed", sequence: place });
    }
  });

  test("with two events that changed places is broken at the first of them", () => {
    for (let place = 1; place < length; place += 1) {
      const swapped = rows.toSpliced(place - 1, 2, at(place + 1), at(place));
      expect(verdict(renumbered(swapped))).toEqual({ kind: "reordered", sequence: place });
    }
  });

  test("with a well-sealed event inserted between two is broken at that event", () => {
    for (let place = 2; place <= length; place += 1) {
      const forged = rowAt(place, at(place - 1).hash, "forged");
      expect(verdict(renumbered(rows.toSpliced(place - 1, 0, forged)))).toEqual({ kind: "inserted", sequence: place });
    }
  });

  test("with an event after the license's last one is broken at that event", () => {
    expect(verdict([...rows, rowAt(length + 1, at(length).hash)])).toEqual({ kind: "inserted", sequence: length + 1 });
  });

  test("with a sequence that is there twice is broken at it", () => {
    expect(verdict([...rows.slice(0, 3), at(3), ...rows.slice(3)])).toEqual({ kind: "inserted", sequence: 3 });
  });

  test("that was rewritten from an event on and sealed again is broken at the license's head", () => {
    const forged = rows.slice(0, 2);
    for (let place = 3; place <= length; place += 1) forged.push(rowAt(place, forged.at(-1)?.hash ?? "", place === 3 ? "forged" : null));
    expect(verdict(forged)).toEqual({ kind: "head", sequence: length });
  });

  test("with an event inserted at the edge of a page is broken at that event, too", () => {
    const forged = renumbered(rows.toSpliced(2, 0, rowAt(3, at(2).hash, "forged")));
    const first = verifyChain(forged.slice(0, 3), {});
    expect(first.intact).toBe(true);
    if (first.intact) expect(verifyChain(forged.slice(3), { from: first.position })).toMatchObject({ break: { kind: "inserted", sequence: 3 } });
  });
});
