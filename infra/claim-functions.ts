import type { SQL } from "drizzle-orm";
import { claimCall, type ClaimCall } from "@licensing/core/commit/claim.sql.ts";
import { changeStatement } from "@licensing/core/commit/commit.store.ts";
import type { Change, Moment } from "@licensing/core/commit/decision.ts";
import { lockStatement } from "@licensing/core/commit/lock.sql.ts";
import { functionBody } from "./snapshot-functions.ts";

/**
 * The functions of the database that write claims, as SQL, made of the statements that write every change. Prints them for a
 * migration. As with the functions of `snapshot-functions.ts`, a changed text gets a new name in `core/commit/claim.sql.ts`, and a
 * migration of the next release drops the former function.
 */
export function claimFunctionTexts(): readonly string[] {
  return samples.map((sample) => {
    const call = claimCall(sample, moment);
    if (call === undefined) throw new Error("claimCall has no function for this sample");
    const parameters = Object.keys(call.given).map((name) => `asked_${name} ${types[name] ?? "text"}`);
    return `CREATE FUNCTION licensing.${call.name}(${parameters.join(", ")}) RETURNS SETOF jsonb
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM FROM (${printed(lockStatement(sample.licenseId), call)}) AS locked;
  RETURN QUERY ${printed(changeStatement(sample, { moment, idempotency: undefined }), call)};
END
$$;`;
  });
}

const at = (second: number) => new Date(Date.UTC(2000, 0, 1, 0, 0, second));
const moment: Moment = { now: at(1), actor: { type: "service", id: "actor", roles: [] }, requestId: "request" };

/** Each value occurs once, so that `printed` finds the parameter that replaces it. */
const plain: Change = {
  licenseId: "license",
  guard: { kind: "seat-free", fingerprint: "fingerprint", policyId: "policy", lease: "lease", startsAt: at(2) },
  set: {},
  releases: [],
  claim: { activationId: "activation", fingerprint: "fingerprint", name: "name", leaseUntil: at(3), fileUntil: at(4) },
  events: [{ type: "activated", reason: null, changes: {} }],
};
const samples: readonly Change[] = [plain, { ...plain, heldBy: { scope: { kind: "all" }, keyDigest: "key" } }];

/** `now` stays text, because the document shows the instant in the form in which the service wrote it. */
const types: Readonly<Record<string, string>> = {
  license: "bigint", drafts: "jsonb", policy: "bigint", starts_at: "timestamptz", activation: "bigint", lease_until: "timestamptz", file_until: "timestamptz", extra: "jsonb",
};

function printed(statement: SQL, { given }: ClaimCall): string {
  const names = new Map<unknown, string>(Object.entries(given).map(([name, value]) => [value, name]));
  return functionBody(statement, (value) => {
    const name = names.get(value);
    if (name === undefined && typeof value !== "number") throw new Error(`no parameter of the function has the value ${String(value)}`);
    return name === undefined ? undefined : `asked_${name}`;
  });
}

if (import.meta.main) process.stdout.write(`${claimFunctionTexts().join("\n--> statement-breakpoint\n")}\n`);
