import * as z from "zod/mini";
import { english } from "../base/english.ts";
import { idSchema } from "../base/id.ts";
import { everyPermission, permissions } from "./permission.ts";

const variants = ["grant", "assign_role", "role_inherits"] as const;

/** A rule by which Casbin decides. */
export type Rule = {
  readonly variant: (typeof variants)[number];
  readonly subject: string;
  readonly target: string;
  readonly effect: "allow" | "deny";
};

const name = "[\\x21-\\x2b\\x2d-\\x7e]{1,128}";
const role = z.string().check(z.regex(new RegExp(`^role:${name}$`), { error: "must be role:<name>" }));
/** A token's subject may hold any printable text. */
const person = z
  .string()
  .check(z.regex(/^(?:user:[^\p{Cc}\p{Cs}]{1,255}|service:[\x21-\x7e]{1,128})$/u, { error: "must be user:<id> or service:<client id>" }));
const allow = z._default(z.literal("allow", { error: "must be allow" }), "allow");

/**
 * The members of every rule. Of a rule without a known variant zod would name the variant alone, so all faults that don't depend on it
 * are found first.
 */
const anyRule = z.strictObject({
  variant: z.enum(variants),
  subject: z.string(),
  target: z.string(),
  effect: z.optional(z.unknown()),
});

const named = z.transform((input, { issues }) => {
  for (const issue of anyRule.safeParse(input, { error: english }).error?.issues ?? []) issues.push({ ...issue, input } as z.core.$ZodRawIssue);
  return input;
});

/** The prefixes keep kinds apart: a user called `admin` is not the role `admin`. Only a grant may deny. */
const rule = z.discriminatedUnion("variant", [
  z.strictObject({
    variant: z.literal("grant"),
    subject: z.union([role, person], { error: "must be role:<name>, user:<id> or service:<client id>" }),
    target: z.enum([...permissions, everyPermission], { error: "must be a permission or *" }),
    effect: z._default(z.enum(["allow", "deny"]), "allow"),
  }),
  z.strictObject({ variant: z.literal("assign_role"), subject: person, target: role, effect: allow }),
  z.strictObject({ variant: z.literal("role_inherits"), subject: role, target: role, effect: allow }),
]);

/** The body that adds a rule. */
export const ruleSchema = z.pipe(named, rule);

/** A rule as the API shows it. */
export const policyDefinitionSchema = z
  .strictObject({
    id: idSchema,
    variant: z.enum(variants),
    subject: z.string(),
    target: z.string(),
    effect: z.enum(["allow", "deny"]),
  })
  .check(z.meta({ id: "PolicyDefinition" }));
export type PolicyDefinition = z.output<typeof policyDefinitionSchema>;
