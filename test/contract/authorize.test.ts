import { describe, expect, test } from "vitest";
import type { Actor } from "@licensing/core/access/actor.ts";
import { authorize } from "@licensing/core/access/authorize.store.ts";
import type { Permission } from "@licensing/core/access/permission.ts";
import { createPolicyDefinition, deletePolicyDefinition } from "@licensing/core/access/rule.store.ts";
import { ProblemError } from "@licensing/core/problem/problem.ts";
import { startService } from "../support/service.ts";

const { runtime } = await startService();
const holders = [{ type: "user", id: "ada" }];
const user = (...roles: readonly string[]): Actor => ({ type: "user", id: "ada", roles, holders });
const client = (...roles: readonly string[]): Actor => ({ type: "service", id: "svc_1", roles });

/** The licenses that the actor may see, or the code of the refusal. */
async function asked(actor: Actor, permission: Permission): Promise<unknown> {
  try {
    return await authorize(runtime, actor, permission);
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
}

describe("by the rules that are stored", () => {
  test.each([["a user", user], ["a service", client]] as const)("%s with a role sees everything that the role may see, and nothing else", async (_who, actor) => {
    expect(await asked(actor("licensing-auditor"), "license:read")).toEqual({ kind: "all" });
    expect(await asked(actor("licensing-auditor"), "license:update")).toBe("permission-denied");
  });

  test("an actor without a rule is refused", async () => {
    for (const actor of [client("a-role-without-rules"), client()]) expect(await asked(actor, "license:read")).toBe("permission-denied");
    for (const actor of [user("a-role-without-rules"), user()]) expect(await asked(actor, "license:update")).toBe("permission-denied");
  });

  test("a user without a role of ours sees the licenses it holds, on routes that a holder may call", async () => {
    expect(await asked(user(), "license:read")).toEqual({ kind: "holders", holders });
    expect(await asked(user("a-role-without-rules"), "license:read")).toEqual({ kind: "holders", holders });
    expect(await asked(user(), "policy:read")).toBe("permission-denied");
  });

  test("an added or removed rule decides from then on", async () => {
    const rule = { variant: "grant", subject: "role:licensing-auditor", target: "license:read", effect: "deny" } as const;
    const { document } = await createPolicyDefinition(runtime, { actor: user("licensing-admin") }, rule);
    expect(await asked(user("licensing-auditor"), "license:read")).toBe("permission-denied");
    expect(await asked(client("licensing-operator"), "license:read")).toEqual({ kind: "all" });
    await deletePolicyDefinition(runtime, { actor: user("licensing-admin") }, (document as { readonly definition: { readonly id: string } }).definition.id);
    expect(await asked(user("licensing-auditor"), "license:read")).toEqual({ kind: "all" });
  });
});
