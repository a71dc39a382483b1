import { sql, type SQL } from "drizzle-orm";
import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import { changeOnce, findStored, type Changed } from "../http/idempotency.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import { throwProblem } from "../problem/problem.ts";
import type { Actor } from "./actor.ts";
import { createReach, subjectOf, type Principal } from "./reach.ts";
import type { Rule } from "./rule.ts";
import { assignedFrom, assignedStatement, forgetRules, rulesFrom, rulesStatement } from "./rules.store.ts";

/** The facts that decide whether the caller may change access: the rules, the caller, and the roles that rules assign to it. */
export type Access = {
  readonly rules: readonly Rule[];
  readonly assigned: readonly string[];
  /** Undefined: the caller's credential has ended. */
  readonly caller: Principal | undefined;
};

/** The author of a change, and its `Idempotency-Key`. */
export type Changer = { readonly actor: Actor; readonly claim?: IdempotencyKey | undefined };

type AccessChange = Changer & {
  /** Reads the row that the change is about; `plan` gets its first row. */
  readonly subject: SQL;
  /**
   * Plans the change from the current access and the row. Returns the access after it, and a statement that reads from the CTE
   * `held` and returns `document`. Undefined: there is nothing to change.
   */
  readonly plan: (access: Access, row: Readonly<Record<string, unknown>> | undefined) => { readonly after: Access; readonly change: SQL } | undefined;
};

const attemptsMax = 8;
/** The number of the advisory lock. No other lock uses it. */
const lockId = 7_110_020;

/**
 * Makes a change of rules or credentials after which its caller still holds access:write, by Casbin's decision. So there is
 * always an administrator of access. All such changes take one lock: if two administrators deny each other at once, the second one
 * is refused. The rules are read and decided on before the lock. Under the lock the change is made only if they are unchanged; else
 * they are read and decided on again. Undefined: there was nothing to change. Throws rules-need-an-administrator, the
 * errors of `plan`, DatabaseError.
 */
export async function changeAccess(runtime: Runtime, { actor, claim, subject, plan }: AccessChange): Promise<Changed | undefined> {
  const principal = principalFrom(actor);
  const stored = await findStored(runtime, claim);
  if (stored !== undefined) return { document: stored.document, replayed: true };
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const { access, seen, row } = await read(runtime, principal, subject);
    const planned = plan(access, row);
    if (planned === undefined) return undefined;
    await requireAdministrator(planned.after);
    const held = sql`held as materialized (select 1 where ${seenExpression(principal)} = ${seen})`;
    const changed = await changeOnce(runtime, claim, { first: sql`select pg_advisory_xact_lock(${lockId})`, with: held, change: planned.change });
    forgetRules(runtime);
    if (changed.document !== undefined) return changed;
  }
  return throwProblem("dependency-unavailable", { retryAfterSeconds: 1 });
}

function principalFrom(actor: Actor): Principal {
  if (actor.type === "user" || actor.type === "service") return actor;
  throw new TypeError(`a ${actor.type} can't change access`);
}

async function read(runtime: Runtime, principal: Principal, subject: SQL) {
  // The digest is read first: each statement sees the commits before it, and a change between the digest and the rules must make
  // the digest wrong.
  const [own = [], rules = [], assigned = [], rows = []] = await runtime.database.read(
    sql`select ${seenExpression(principal)} as seen, ${liveExpression(principal)} as live`,
    rulesStatement(),
    assignedStatement(subjectOf(principal)),
    subject,
  );
  const access = { rules: rulesFrom(rules), assigned: assignedFrom(assigned), caller: own[0]?.["live"] === true ? principal : undefined };
  return { access, seen: String(own[0]?.["seen"]), row: rows[0] };
}

async function requireAdministrator({ rules, assigned, caller }: Access): Promise<void> {
  const reachOf = await createReach(rules);
  if (caller !== undefined && reachOf({ actor: caller, assigned }, "access:write") === "all") return;
  throwProblem("rules-need-an-administrator", { detail: "After this change you would not hold access:write any more." });
}

/** A digest of everything on which the decision is based. */
function seenExpression(principal: Principal): SQL {
  return sql`(select md5(coalesce(string_agg(concat_ws(' ', d.id, d.variant, d.effect, d.target, d.subject), E'\n' order by d.id), ''))
      from licensing."PolicyDefinition" d where d.variant <> 'assign_role' or d.subject = ${subjectOf(principal)}) || ${liveExpression(principal)}::text`;
}

/** Whether the caller's credential is live. A token is valid until its `exp`; a service credential may have been deleted. */
function liveExpression({ type, id }: Principal): SQL {
  if (type === "user") return sql`true`;
  return sql`exists (select from licensing."Credential" c where c.client_id = ${id} and c.deleted_at is null)`;
}
