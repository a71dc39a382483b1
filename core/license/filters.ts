import * as z from "zod/mini";
import { idSchema } from "../base/id.ts";
import { dateOf, instantInput, isWindow } from "../base/instant.ts";
import { policyReference } from "../policy/representation.ts";
import { holder } from "./holder.ts";
import type { LicenseOrder } from "./list.sql.ts";
import type { NamedFilters } from "./list.store.ts";
import { metadataKey } from "./metadata.ts";
import { licenseRepresentation } from "./representation.ts";

const orders = ["createdAt", "-createdAt", "expiresAt", "-expiresAt"] as const;
const searchLengthMax = 512;
const membersMax = 3;
const memberLengthMax = 512;
const memberPrefix = "metadata.";

const licenseFields = {
  status: z
    .optional(licenseRepresentation.shape.status)
    .check(z.meta({ description: "The effective status at the time of the answer." })),
  holderType: z.optional(holder.shape.type),
  holderId: z.optional(holder.shape.id),
  policy: z.optional(policyReference),
  expiresBefore: z.optional(instantInput).check(z.meta({ description: "Expires before this instant." })),
  expiresAfter: z.optional(instantInput).check(z.meta({ description: "Expires at this instant or later." })),
  search: z.optional(z.string().check(z.minLength(1), z.maxLength(searchLengthMax))).check(
    z.meta({
      description:
        "A whole key in any spelling, a license's id, a key's last five symbols, a machine's fingerprint, or a part of the name or of the " +
        "holder's id that has three letters or digits in a row. Other texts must be the whole name or holder's id.",
    }),
  ),
  full: z.optional(z.literal("true")).check(z.meta({ description: "Only licenses without a free seat." })),
  sort: z
    ._default(z.enum(orders), "-createdAt")
    .check(z.meta({ description: "`-`: descending. Licenses without an expiry come last in both directions of `expiresAt`." })),
};

const memberText = z.string().check(
  z.maxLength(memberLengthMax),
  z.meta({ title: "metadata", description: `\`metadata.<name>=<value>\`: the member's text, such as \`A-1042\`, \`true\` or \`5\`; up to ${membersMax}.`, examples: ["A-1042"] }),
);

/**
 * The query of the list of licenses: the `fields` of every list, the filters of licenses, and `metadata.<name>` with the names
 * that callers have chosen.
 */
export function licenseQuery<Fields extends z.core.$ZodShape>(fields: Fields) {
  const known = { ...fields, ...licenseFields };
  const areMembers = z.check<Readonly<Record<string, unknown>>>(({ value, issues }) => {
    const others = Object.keys(value).filter((name) => !Object.hasOwn(known, name));
    const unknown = others.filter((name) => !isMember(name));
    if (unknown.length > 0) issues.push({ code: "unrecognized_keys", keys: unknown, input: value, path: [] });
    for (const name of others.slice(membersMax)) issues.push({ code: "custom", message: `is one of more than ${membersMax} filters by metadata`, input: value, path: [name] });
  });
  return z.catchall(z.object(known), memberText).check(areMembers, isWindow("expiresAfter", "expiresBefore"));
}

function isMember(name: string): boolean {
  return name.startsWith(memberPrefix) && metadataKey.safeParse(name.slice(memberPrefix.length)).success;
}

type Query = z.output<z.ZodMiniObject<typeof licenseFields>> & Readonly<Record<string, unknown>>;
type Read = { readonly filters: NamedFilters; readonly order: LicenseOrder };

export function licenseFilters(query: Query): Read {
  const { status, holderType, holderId, policy, search, sort } = query;
  const members = Object.entries(query).filter(([name]) => isMember(name));
  const metadata = members.map(([name, value]) => ({ name: name.slice(memberPrefix.length), value: String(value) }));
  const ends = { expiresBefore: dateOf(query.expiresBefore), expiresAfter: dateOf(query.expiresAfter) };
  return {
    filters: { status, holderType, holderId, policy, search, ...ends, metadata, full: query.full === "true" },
    order: { by: sort.endsWith("createdAt") ? "createdAt" : "expiresAt", falling: sort.startsWith("-") },
  };
}

/** The schema of the positions in a list with this order. */
export function licensePlace(list: string, { by }: LicenseOrder) {
  const place = [z.literal(list), idSchema] as const;
  return by === "createdAt" ? z.tuple([...place]) : z.tuple([...place, z.nullable(instantInput)]);
}
