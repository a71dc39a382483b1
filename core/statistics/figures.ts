import { statuses, type Status } from "../license/status.ts";
import type { EventType } from "../event/event.ts";

/** A day of UTC as `2027-03-01`. */
export type Day = string;

/** The answer of the API, but for the instant at which it was put together. */
export type Figures = {
  readonly licenses: {
    readonly total: number;
    readonly byStatus: Readonly<Record<Status, number>>;
    readonly expiring: readonly { readonly day: Day; readonly count: number }[];
  };
  readonly seats: { readonly open: number; readonly full: number };
  readonly activity: readonly { readonly day: Day; readonly events: Readonly<Partial<Record<EventType, number>>> }[];
  readonly attention: {
    readonly full: number;
    readonly expiringSoon: number;
    readonly failingWebhooks: number;
    readonly keyFindings: number;
  };
};

/** Counts as the database stores them, and their corrections for an instant. */
export type Counted = {
  /** By stored status. */
  readonly licenses: Readonly<Partial<Record<Status, number>>>;
  /** Licenses whose seats reach the limit, by stored status. */
  readonly full: Readonly<Partial<Record<Status, number>>>;
  readonly openSeats: number;
  /** Licenses that are stored as ACTIVATED, by the day of their expiry. */
  readonly expiring: ReadonlyMap<Day, number>;
  /** Of these, those whose expiry has passed and isn't recorded: how many, and how many of them are full. */
  readonly unrecorded: readonly { readonly day: Day; readonly count: number; readonly full: number }[];
  /** Licenses that are full only if lapsed seats are counted, by effective status. */
  readonly lapsed: Readonly<Partial<Record<Status, number>>>;
  readonly events: readonly { readonly day: Day; readonly type: EventType; readonly count: number }[];
  readonly failingWebhooks: number;
  readonly keyFindings: number;
};

export const expiringDays = 90;
const activityDays = 30;
/** `expiringSoon` counts the licenses that expire on this number of days, beginning with today. */
const soonDays = 30;

/** The figures at `now`. Every day is named, days without a license or an event too. */
export function figuresOf(counted: Counted, now: Date): Figures {
  const waiting = new Map(counted.unrecorded.map(({ day, count }) => [day, count]));
  const expiring = daysFrom(now, expiringDays).map((day) => ({ day, count: (counted.expiring.get(day) ?? 0) - (waiting.get(day) ?? 0) }));
  const unrecorded = sum(counted.unrecorded.map(({ count }) => count));
  const unrecordedFull = sum(counted.unrecorded.map(({ full }) => full));
  const byStatus = Object.fromEntries(statuses.map((status) => [status, (counted.licenses[status] ?? 0) + moved(status, unrecorded)])) as Record<Status, number>;
  const full = (status: Status) => (counted.full[status] ?? 0) + moved(status, unrecordedFull) - (counted.lapsed[status] ?? 0);
  return {
    licenses: { total: sum(Object.values(byStatus)), byStatus, expiring },
    seats: { open: counted.openSeats, full: sum(statuses.map(full)) },
    activity: daysFrom(firstDay(now), activityDays).map((day) => ({ day, events: eventsOf(counted, day) })),
    attention: {
      full: full("ACTIVATED"),
      expiringSoon: sum(expiring.slice(0, soonDays).map(({ count }) => count)),
      failingWebhooks: counted.failingWebhooks,
      keyFindings: counted.keyFindings,
    },
  };
}

/** The figures before the first summary. */
export function noFigures(now: Date): Figures {
  const nothing = { licenses: {}, full: {}, openSeats: 0, expiring: new Map(), unrecorded: [], lapsed: {}, events: [], failingWebhooks: 0, keyFindings: 0 };
  return figuresOf(nothing, now);
}

/** The first instant of the first of the days whose events are shown. */
export function firstDay(now: Date): Date {
  return new Date(Date.parse(dayOf(now)) - (activityDays - 1) * dayMs);
}

export function dayOf(instant: Date): Day {
  return instant.toISOString().slice(0, 10);
}

export const dayMs = 86_400_000;

function daysFrom(first: Date, count: number): readonly Day[] {
  return Array.from({ length: count }, (_, place) => dayOf(new Date(first.getTime() + place * dayMs)));
}

/** An expiry that isn't recorded moves a license from ACTIVATED to EXPIRED. */
function moved(status: Status, unrecorded: number): number {
  if (status === "ACTIVATED") return -unrecorded;
  return status === "EXPIRED" ? unrecorded : 0;
}

/** The numbers of a day's events by type; types without an event are left out. Parts of the count may name a type twice. */
function eventsOf({ events }: Counted, day: Day): Readonly<Partial<Record<EventType, number>>> {
  const found: Partial<Record<EventType, number>> = {};
  for (const event of events) {
    if (event.day === day) found[event.type] = (found[event.type] ?? 0) + event.count;
  }
  return found;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
