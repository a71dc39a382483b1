import type { RowOf } from "../base/column.ts";
import type { digestColumns } from "./columns.ts";
import type { EventRow } from "./event.ts";
import { eventDigest, eventHash, genesisHash } from "./event.ts";

/** An event as the table stores it, with its digest. */
export type ChainRow = EventRow & RowOf<typeof digestColumns>;

/** The head of a chain, as the license stores it. */
export type ChainHead = { readonly sequence: number; readonly lastEventHash: string };

/** How far a chain has been verified: its last verified event, and the hash before that event. */
export type ChainPosition = { readonly sequence: number; readonly hash: string; readonly previousHash: string | undefined };

export const chainStart: ChainPosition = { sequence: 0, hash: genesisHash, previousHash: undefined };

/**
 * How the trail was changed. `altered`: the content or hash of an event differs from the written one. `removed`, `inserted`,
 * `reordered`: events are missing, added or exchanged. `head`: the license stores another last hash.
 */
type BreakKind = "altered" | "removed" | "reordered" | "inserted" | "head";

/** The first link that doesn't hold. An attacker who rewrites a chain can choose the traces, so the kind is a best guess. */
export type ChainBreak = { readonly kind: BreakKind; readonly sequence: number; readonly detail: string };

type ChainVerdict =
  | { readonly intact: true; readonly position: ChainPosition }
  | { readonly intact: false; readonly break: ChainBreak };

/**
 * Verifies the events of one license in the order of their sequence, beginning at `from`: recomputes every digest and hash from
 * the content. With `head` it also verifies that the chain ends where the license says; without, more events may follow.
 */
export function verifyChain(
  events: readonly ChainRow[],
  { head, from = chainStart }: { readonly head?: ChainHead; readonly from?: ChainPosition },
): ChainVerdict {
  let position = from;
  for (const [index, event] of events.entries()) {
    const fault = faultOf(event, { position, earlier: events.slice(0, index), later: events.slice(index + 1) });
    if (fault !== undefined) return { intact: false, break: fault };
    position = { sequence: event.sequence, hash: event.hash, previousHash: event.previous_hash };
  }
  const fault = head === undefined ? undefined : headFault(position, head);
  return fault === undefined ? { intact: true, position } : { intact: false, break: fault };
}

type Surroundings = {
  readonly position: ChainPosition;
  readonly earlier: readonly ChainRow[];
  readonly later: readonly ChainRow[];
};

function faultOf(event: ChainRow, around: Surroundings): ChainBreak | undefined {
  const { position } = around;
  const expected = position.sequence + 1;
  if (event.sequence > expected) return { kind: "removed", sequence: expected, detail: "the event is missing" };
  if (event.sequence < expected) return { kind: "inserted", sequence: event.sequence, detail: "the sequence occurs twice" };
  if (digestOf(event) !== event.digest) return { kind: "altered", sequence: expected, detail: "the content doesn't match its digest" };
  if (event.previous_hash !== position.hash) return linkFault(event, around);
  if (eventHash(event.previous_hash, event.sequence, event.digest) === event.hash) return undefined;
  return { kind: "altered", sequence: expected, detail: "the hash doesn't match the previous hash, the sequence and the digest" };
}

/**
 * The fault of an event whose previous hash isn't the hash of the event before it. The place of the event that has this hash
 * shows the kind of fault.
 */
function linkFault(event: ChainRow, { position, earlier, later }: Surroundings): ChainBreak {
  const { sequence } = event;
  if (later.some(({ hash }) => hash === event.previous_hash)) {
    return { kind: "reordered", sequence, detail: "the event whose hash it names comes later" };
  }
  if (event.previous_hash === position.previousHash || earlier.some(({ hash }) => hash === event.previous_hash)) {
    return { kind: "inserted", sequence: position.sequence, detail: "the event was put between two consecutive events" };
  }
  const isInPlace = eventHash(event.previous_hash, sequence, event.digest) === event.hash;
  return isInPlace && position.sequence > 0
    ? { kind: "altered", sequence: position.sequence, detail: "the next event names another hash of this event" }
    : { kind: "removed", sequence, detail: "the event before this one is missing" };
}

/** Undefined: the content has no digest. An attacker may have written any value into a column. */
function digestOf(event: ChainRow): string | undefined {
  const at = new Date(event.created_at);
  if (Number.isNaN(at.getTime())) return undefined;
  const { type, reason, changes, actor_type, actor_id, request_id } = event;
  return eventDigest(event.license_id, { type, reason, changes }, { actor: { type: actor_type, id: actor_id }, requestId: request_id, at });
}

function headFault(position: ChainPosition, head: ChainHead): ChainBreak | undefined {
  if (head.sequence > position.sequence) {
    return { kind: "removed", sequence: position.sequence + 1, detail: `the license has ${head.sequence} events` };
  }
  if (head.sequence < position.sequence) {
    return { kind: "inserted", sequence: head.sequence + 1, detail: `the license has ${head.sequence} events` };
  }
  if (head.lastEventHash === position.hash) return undefined;
  return { kind: "head", sequence: position.sequence, detail: "the license stores another hash of its last event" };
}
