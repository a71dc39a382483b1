import * as z from "zod/mini";
import { visible } from "../base/visible.ts";
import type { Identity } from "../platform/config.ts";
import type { Actor } from "./actor.ts";
import { roleName } from "./token-shape.ts";

type User = Extract<Actor, { type: "user" }>;

/** The year 9999 in seconds: a later `exp` is taken for a mistake. */
const secondsMax = 253_402_300_799;

const principalText = z.string().check(z.regex(/^[^\p{Cc}\p{Cs}]{1,255}$/u));
const claimsSchema = z.object({
  sub: principalText,
  exp: z.number().check(z.refine((exp) => exp >= 0 && exp <= secondsMax)),
  iat: z.optional(z.number()),
  /** Only an ID token has these claims (OpenID Connect Core §2, §3.1.3.6). It describes a login to the client, and gives no access. */
  nonce: z.optional(z.never()),
  at_hash: z.optional(z.never()),
  /** Cognito's claim for the purpose of a token. */
  token_use: z.optional(z.string().check(z.refine((use) => use === "access"))),
});
/** The organization, also as a list of one (Keycloak). A provider may write null or an empty text for a user without one. */
const organizationText = z.union([principalText, z.literal("")]);
const organizationSchema = z.optional(z.nullable(z.union([organizationText, z.array(organizationText).check(z.maxLength(1))])));
/** A list, or one text of names with blanks between (as `scope`, RFC 8693 §4.2). */
const rolesSchema = z.optional(z.union([z.string(), z.array(z.string())]));

type TokenClaims = { readonly user: User; readonly exp: number; readonly iat: number };

/** Reads the user from a verified token's claims, or returns the name of an unusable claim. */
export function readClaims(claims: object, identity: Identity): TokenClaims | { readonly fault: string } {
  const read = claimsSchema.safeParse(claims);
  if (!read.success) return { fault: String(read.error.issues[0]?.path[0]) };
  const roles = rolesSchema.safeParse(claimNamed(claims, identity.rolesClaim));
  if (!roles.success) return { fault: identity.rolesClaim };
  const organization = organizationSchema.safeParse(claimNamed(claims, identity.organizationClaim));
  if (!organization.success) return { fault: identity.organizationClaim };
  const { sub, exp, iat = 0 } = read.data;
  const [org] = [organization.data ?? []].flat().filter((id) => id !== "");
  return { user: userFrom({ sub, org, roles: rolesFrom(roles.data) }), exp, iat };
}

/** A role whose name can't be one of this service's is ignored: providers add roles of their own. */
function rolesFrom(roles: string | readonly string[] | undefined): readonly string[] {
  const names = typeof roles === "string" ? roles.split(" ") : (roles ?? []);
  return [...new Set(names.filter((name) => roleName.safeParse(name).success))].toSorted();
}

function userFrom({ sub, org, roles }: { readonly sub: string; readonly org: string | undefined; readonly roles: readonly string[] }): User {
  const named = [{ type: "user", id: sub }, ...(org === undefined ? [] : [{ type: "organization", id: org }])];
  // Holders' ids are stored without invisible characters, so an id with one is no holder's, though it may look like one.
  const holders = named.filter(({ id }) => visible(id) === id);
  return Object.freeze({ type: "user", id: sub, roles: Object.freeze(roles), holders: Object.freeze(holders) });
}

/** A claim by its whole name, which may be a URI, else by a dotted path. Undefined: there is none. */
export function claimNamed(claims: object, name: string): unknown {
  if (Object.hasOwn(claims, name)) return (claims as Readonly<Record<string, unknown>>)[name];
  if (name.includes("://")) return undefined;
  let found: unknown = claims;
  for (const part of name.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[part];
  }
  return found;
}
