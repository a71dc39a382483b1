/**
 * The simplest model of a license, with which the service is compared: no rows, guards or calendars;
 * times are milliseconds, "never" is Infinity. Verbs answer `ok`, `created`, a problem's code, or a validation's.
 */
export type Terms = {
  readonly duration: number; readonly grace: number; readonly lease: number; readonly minimumIdle: number; readonly evicts: boolean;
  readonly waits: boolean; readonly asksFingerprint: boolean; readonly renewal: "from-expiry" | "from-now" | "from-now-if-expired";
  readonly maintenance: number; readonly fileLifetime: number;
};
type Seat = { readonly machine: string; seen: number; until: number; open: boolean; file: number };
export type Model = {
  readonly terms: Terms; now: number; limit: number; stored: "ACTIVATED" | "SUSPENDED" | "REVOKED"; ends: number; covers: number; recorded: number;
  readonly seats: Seat[]; readonly told: string[]; waiting: boolean;
};

export function issued(terms: Terms, { now, limit }: { readonly now: number; readonly limit: number }): Model {
  const ends = terms.waits ? Infinity : now + terms.duration;
  const covers = terms.waits ? Infinity : now + terms.maintenance;
  return { terms, now, limit, stored: "ACTIVATED", ends, covers, recorded: NaN, seats: [], told: ["created"], waiting: terms.waits };
}

export const heldBy = (m: Model) => m.seats.filter(({ open, until }) => open && until > m.now);
export const statusOf = (m: Model) => (m.stored === "ACTIVATED" && m.now >= m.ends ? "EXPIRED" : m.stored);
const isDead = (m: Model) => m.now >= m.ends + m.terms.grace;
const seatOf = (m: Model, machine: string | undefined) => heldBy(m).find((seat) => seat.machine === machine);
const stopped = (m: Model) => (m.stored !== "ACTIVATED" ? `license-${m.stored.toLowerCase()}` : isDead(m) ? "license-expired" : undefined);
const tell = (m: Model, event: string) => (m.told.push(event), "ok");
const turn = (m: Model, stored: Model["stored"], event: string) => ((m.stored = stored), tell(m, event));
const free = (m: Model, seats: Seat[], why: string) => (seats.forEach((seat) => ((seat.open = false), tell(m, `deactivated${why}`))), "ok");
const freeAll = (m: Model, why: string) => (m.seats.filter(({ open }) => open).forEach((seat) => free(m, [seat], seat.until <= m.now ? " (lease-expired)" : why)), "ok");
const freeLapsed = (m: Model, but?: Seat) => free(m, m.seats.filter((seat) => seat !== but && seat.open && seat.until <= m.now), " (lease-expired)");

function hear(m: Model, seat: Seat): string {
  seat.seen = m.now;
  if (seat.until - m.now < m.terms.lease / 2) seat.until = m.now + m.terms.lease;
  return "ok";
}
function claim(m: Model, machine: string): string {
  const idle = heldBy(m).filter(({ seen, file }) => seen + m.terms.minimumIdle <= m.now && file <= m.now).sort((left, right) => left.seen - right.seen);
  const tooMany = Math.max(0, heldBy(m).length - m.limit + 1);
  if (tooMany > 0 && (!m.terms.evicts || idle.length < tooMany)) return "activation-limit-reached";
  freeLapsed(m);
  free(m, idle.slice(0, tooMany), " (evicted)");
  if (m.waiting) [m.waiting, m.ends, m.covers] = [false, m.now + m.terms.duration, m.now + m.terms.maintenance];
  m.seats.push({ machine, seen: m.now, until: m.now + m.terms.lease, open: true, file: -Infinity });
  return tell(m, "activated") && "created";
}
export const verbs = {
  suspend: (m: Model) => (m.stored === "ACTIVATED" ? turn(m, "SUSPENDED", "suspended") : `license-${m.stored.toLowerCase()}`),
  reinstate: (m: Model) => (m.stored === "SUSPENDED" ? turn(m, "ACTIVATED", "reinstated") : m.stored === "REVOKED" ? "license-revoked" : "license-not-suspended"),
  revoke: (m: Model) => (m.stored === "REVOKED" ? "license-revoked" : turn(m, "REVOKED", "revoked")),
  renew(m: Model, periods: number) {
    if (m.stored === "REVOKED") return "license-revoked";
    if (m.ends === Infinity && (m.waiting || m.covers === Infinity)) return "license-not-renewable";
    const moved = (end: number, by: number) => {
      const anew = m.terms.renewal === "from-now" || (m.terms.renewal === "from-now-if-expired" && m.now >= end);
      return end === Infinity ? end : (anew ? m.now : end) + periods * by;
    };
    [m.ends, m.covers] = [moved(m.ends, m.terms.duration), moved(m.covers, m.terms.maintenance)];
    return tell(m, "renewed");
  },
  limit(m: Model, limit: number) {
    if (m.stored === "REVOKED" || limit < heldBy(m).length) return m.stored === "REVOKED" ? "license-revoked" : "activation-limit-reached";
    m.limit = limit;
    return tell(m, "updated");
  },
  activate: (m: Model, machine: string, seat = seatOf(m, machine)) => stopped(m) ?? (seat === undefined ? claim(m, machine) : hear(m, seat)),
  heartbeat: (m: Model, machine: string, seat = seatOf(m, machine)) => stopped(m) ?? (seat === undefined ? "activation-not-found" : hear(m, seat)),
  deactivate: (m: Model, machine: string, seat = m.seats.find((each) => each.open && each.machine === machine)) =>
    seat === undefined ? "ok" : (freeLapsed(m, seat), free(m, [seat], "")),
  file(m: Model, machine: string | undefined, asked: number | undefined, seat = seatOf(m, machine)) {
    const { fileLifetime, lease } = m.terms;
    const refusal = stopped(m) ?? (fileLifetime === 0 ? "file-not-allowed" : (asked ?? 0) > fileLifetime ? "malformed-request" : undefined);
    if (refusal !== undefined) return refusal;
    const answer = machine === undefined ? "ok" : seat === undefined ? claim(m, machine) : hear(m, seat);
    if (answer.includes("limit")) return answer;
    const end = Math.min(Math.floor((m.now + (asked ?? fileLifetime)) / 1_000), Math.ceil((m.ends + m.terms.grace) / 1_000)) * 1_000;
    const holds = seatOf(m, machine);
    if (holds !== undefined) [holds.file, holds.until] = [Math.max(holds.file, end), lease === Infinity ? holds.until : Math.max(holds.until, end)];
    return tell(m, "file-issued");
  },
  release: (m: Model) => freeAll(m, ""),
  transfer: (m: Model) => (m.stored === "REVOKED" ? "license-revoked" : (freeAll(m, " (transferred)"), tell(m, "transferred"))),
  validate(m: Model, machine: string | undefined, { takes, releasedAgo = Infinity }: { readonly takes: boolean; readonly releasedAgo?: number | undefined }, seat = seatOf(m, machine)) {
    if (seat !== undefined) seat.seen = m.now;
    if (m.stored !== "ACTIVATED" || isDead(m)) return m.stored === "ACTIVATED" ? "EXPIRED" : m.stored;
    if (machine === undefined && m.terms.asksFingerprint) return "FINGERPRINT_REQUIRED";
    if (m.now - releasedAgo > m.covers) return "MAINTENANCE_ENDED";
    if (machine !== undefined && seat === undefined && !takes) return "NOT_ACTIVATED";
    if (machine !== undefined && (seat === undefined ? claim(m, machine) : hear(m, seat)).includes("limit")) return "ACTIVATION_LIMIT_REACHED";
    return m.now >= m.ends ? "GRACE" : "VALID";
  },
  sweep(m: Model) {
    if (m.stored !== "ACTIVATED" || m.now < m.ends || m.recorded === m.ends) return "ok";
    m.recorded = m.ends;
    freeLapsed(m);
    return tell(m, "expired");
  },
} as const;
