import type { Session } from "./session.ts";

/** The most pages of rules that are read to check roles. Rules that assign roles have no bound. */
const pagesMax = 20;

/**
 * Warns of the roles in the answer about a new credential or rule that no rule grants, denies or lets inherit anything. The service
 * accepts them, because a role and its rules may come in either order. Never rejects: the change is made.
 */
export async function warnOfRoles({ client, world }: Pick<Session, "client" | "world">, answer: unknown): Promise<void> {
  const wanted = new Set(rolesOf(answer));
  let count = 0;
  if (wanted.size === 0) return;
  try {
    for await (const { data } of client.access.listPolicyDefinitions({ limit: 100 }, { signal: world.signal }).pages()) {
      for (const { variant, subject } of data) if (variant !== "assign_role") wanted.delete(subject);
      if (wanted.size === 0 || (count += 1) >= pagesMax) break;
    }
  } catch {
    // A caller who may not read the rules gets no warning.
    return;
  }
  if (count < pagesMax) for (const role of wanted) world.err(`Warning: no rule grants ${role} anything yet.\n`);
}

type Changed = { readonly roles?: readonly string[]; readonly variant?: string; readonly target?: string };

/** `role:<name>` of each role that a credential has, or that a rule gives. */
function rolesOf(answer: unknown): readonly string[] {
  const { roles = [], variant = "grant", target = "" } = answer as Changed;
  return variant === "grant" ? roles.map((role) => `role:${role}`) : [target];
}
