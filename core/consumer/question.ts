import { featuresMax, subjectPattern } from "../certificate/claims.ts";
import { fingerprintPattern } from "../license/fingerprint-pattern.ts";
import type { Ask, RefusedCode } from "./decision.ts";

const memberCharactersMax = 64;
/** RFC 3339 with an offset. */
const instantPattern = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** A question that was read from the caller's values: texts of the right form, which no caller can change afterwards. */
export type Question = { readonly licenseId: string; readonly ask: Ask | undefined };

/** A question that is refused without a reading. `member` names the faulty member of an invalid question. */
export type QuestionRefusal = { readonly code: RefusedCode; readonly member?: string };

/**
 * Reads a question. Each member is read once, because it may be a getter that answers differently the next time. Never throws: a
 * member that throws is a fault of the question, and so is an unknown member, since its caller meant to ask for more.
 */
export function questionOf(licenseId: unknown, ask: unknown): Question | QuestionRefusal {
  // No source is asked for an id that the service doesn't mint.
  if (typeof licenseId !== "string" || !subjectPattern.test(licenseId)) return { code: "LICENSE_ID_INVALID" };
  const own = String(BigInt(licenseId));
  if (ask === undefined) return { licenseId: own, ask };
  if (typeof ask !== "object" || ask === null) return { code: "QUESTION_INVALID", member: "" };
  let member = "";
  try {
    const read: { fingerprint?: string; features?: readonly string[] | undefined; releasedAt?: string } = {};
    for (member in ask) {
      const value = (ask as Readonly<Record<string, unknown>>)[member];
      if (member === "fingerprint") {
        if ((value ?? "") === "") return { code: "FINGERPRINT_REQUIRED" };
        if (typeof value !== "string") return invalid(member);
        read.fingerprint = value;
      } else if (member === "releasedAt") {
        if (value === undefined) continue;
        if (releasedAtMsOf(value) === undefined) return invalid(member);
        read.releasedAt = copyOf(String(value));
      } else if (member !== "features" || !(value === undefined || (read.features = featuresOf(value)))) return invalid(member);
    }
    const { fingerprint } = read;
    if (fingerprint !== undefined) {
      // A malformed fingerprint holds no seat.
      if (!fingerprintPattern.test(fingerprint)) return { code: "NOT_ACTIVATED" };
      read.fingerprint = copyOf(fingerprint);
    }
    return { licenseId: own, ask: read };
  } catch {
    return invalid(member);
  }
}

/** The instant of a release in milliseconds since 1970; undefined: the value isn't such a text, or its day doesn't exist. */
export function releasedAtMsOf(value: unknown): number | undefined {
  const day = typeof value === "string" ? instantPattern.exec(value)?.[1] : undefined;
  const atMs = day === undefined ? Number.NaN : Date.parse(String(value));
  // A parser may read February 30 as March 2.
  return Number.isNaN(atMs) || new Date(Date.parse(`${day}T00:00:00Z`)).toISOString().slice(0, 10) !== day ? undefined : atMs;
}

/**
 * A copy of a list of at most `featuresMax` texts; undefined: it is anything else. It is read by its indices, because a caller's
 * iterator may have no end.
 */
function featuresOf(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const { length } = value;
  if (!(length <= featuresMax)) return undefined;
  const copy = Array.from({ length }, (_none, index): unknown => value[index]);
  return copy.every((code) => typeof code === "string") ? copy : undefined;
}

function invalid(member: string): QuestionRefusal {
  return { code: "QUESTION_INVALID", member: copyOf(member.slice(0, memberCharactersMax)) };
}

/** The same text in memory of its own. The gate keeps it, and a part of a request's text would keep the whole request alive. */
function copyOf(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
