import type { ProblemCode } from "./problem.ts";

/** The members that only some problems have, as their examples show them. */
export const exampleMembers: Partial<Readonly<Record<ProblemCode, Readonly<Record<string, unknown>>>>> = {
  "malformed-request": { errors: [{ pointer: "/holder/id", detail: "is required" }] },
  "activation-limit-reached": {
    seats: { used: 1, limit: 1 },
    holders: [{ activationId: "7187634217123840001", fingerprint: "9f2c…d8f3", name: "Ada's laptop", lastSeenAt: "2026-11-23T10:00:00.000Z" }],
  },
  "usage-limit-reached": { meter: "exports", used: 100, limit: 100, remaining: 0, periodEndsAt: "2026-12-01T00:00:00.000Z" },
  "release-limit-reached": { releases: { used: 5, limit: 5, period: "P30D", nextAt: "2026-12-03T10:00:00.000Z" } },
};
