import * as z from "zod/mini";
import { keyPrefix } from "../access/license-key-input.ts";
import { idSchema } from "../base/id.ts";
import { instantOrNull } from "../base/instant-or-null.ts";
import { instantText } from "../base/instant.ts";
import { nameText } from "../base/text.ts";
import { durationSchema } from "./duration.ts";
import { features } from "./features.ts";
import type { ListedPolicy } from "./list.store.ts";
import { meters } from "./meters.ts";
import { expirationBases, fullBehaviours, renewalBases } from "./terms.ts";

export const policyCode = z
  .string()
  .check(
    z.regex(/^[a-z][a-z0-9-]{1,62}$/, { error: "must be 2 to 63 of a-z, 0-9 and -, a letter first" }),
    z.meta({ description: "The policy's name in requests; never changes.", examples: ["pro-yearly"] }),
  );

export const activationLimit = z
  .int()
  .check(z.gte(1), z.lte(2_147_483_647), z.meta({ description: "The most live seats.", examples: [5] }));

const releaseLimit = z
  .strictObject({
    limit: z.int().check(z.gte(0), z.lte(2_147_483_647), z.meta({ description: "0: they free none.", examples: [5] })),
    period: durationSchema,
  })
  .check(z.meta({ examples: [{ limit: 5, period: "P30D" }] }));

const remindersMax = 10;

const remindBefore = z.array(durationSchema).check(
  z.maxLength(remindersMax),
  z.refine((durations) => new Set(durations).size === durations.length, { error: "must not repeat a duration" }),
  z.meta({
    description: "How long before its expiry a license is announced by `license.expiring`, once for each duration.",
    examples: [["P30D", "P7D", "P1D"]],
  }),
);

/** The members of a policy that a caller may set. */
const policyFields = {
  name: nameText,
  description: z.nullable(nameText),
  duration: z.nullable(durationSchema).check(z.meta({ description: "How long a license runs; null: perpetual." })),
  grace: z.nullable(durationSchema).check(z.meta({ description: "How long it stays valid after its expiry." })),
  lease: z
    .nullable(durationSchema)
    .check(z.meta({ description: "How long a seat is held after its last use; null: until it is freed." })),
  activationLimit: z.nullable(activationLimit),
  features,
  expirationBasis: z.enum(expirationBases).check(
    z.meta({ description: "The instant from which the duration counts. With `from-first-activation` a license is valid before any machine has activated it; `fingerprintRequired` prevents such use." }),
  ),
  renewalBasis: z.enum(renewalBases),
  onFull: z.enum(fullBehaviours),
  minimumIdle: z.nullable(durationSchema).check(z.meta({ description: "How long a seat must be idle before it may be evicted." })),
  fingerprintRequired: z.boolean(),
  releases: z.nullable(releaseLimit).check(
    z.meta({ description: "How many seats a license's own key and its holder together may free in any `period`; null: any number. Operators aren't bound by it." }),
  ),
  remindBefore,
  maintenance: z.nullable(durationSchema).check(
    z.meta({ description: "How long after its start a license covers new releases: see `releasedAt` in a validation. Null: all releases." }),
  ),
  fileLifetime: z.nullable(durationSchema).check(z.meta({ description: "The longest lifetime of a license file; null: there are no files." })),
  meters,
  keyPrefix,
  trial: z.boolean().check(z.meta({ description: "Whether a holder gets only one license from it, ever." })),
};

/** A policy as the API shows it. */
export const policyRepresentation = z
  .strictObject({
    id: z.string(),
    code: policyCode,
    ...policyFields,
    licenses: z.int().check(z.meta({ description: "The number of its licenses, at most 10000." })),
    licensesMore: z.boolean().check(z.meta({ description: "Whether there are more licenses than `licenses` says." })),
    retiredAt: z.nullable(instantText),
    createdAt: instantText,
    updatedAt: instantText,
  })
  .check(z.meta({ id: "Policy" }));

export function representPolicy({ policy, licenses, licensesMore }: ListedPolicy) {
  const { terms } = policy;
  return {
    id: policy.id,
    code: policy.code,
    name: policy.name,
    description: policy.description,
    ...terms,
    keyPrefix: policy.keyPrefix,
    trial: policy.trial,
    licenses,
    licensesMore,
    retiredAt: instantOrNull(policy.retiredAt),
    createdAt: policy.createdAt.toISOString(),
    updatedAt: policy.updatedAt.toISOString(),
  };
}

/** A policy by its id or its code, in every request that names one. Codes begin with a letter, so an id is never read as a code. */
export const policyReference = z
  .union([idSchema, policyCode], { error: "must be a policy's id or code" })
  .check(z.meta({ description: "The policy's id or code.", examples: ["pro-yearly"] }));

const { name, ...others } = policyFields;

/** The body that creates a policy. An absent member gets the table's default: no limit, perpetual, `from-issue`, files for 30 days, `LIC`. */
export const newPolicy = z.strictObject({ code: policyCode, name, ...z.partial(z.strictObject(others)).shape });
export type NewPolicy = z.output<typeof newPolicy>;

/** The body that changes a policy: every member but the code. */
export const policyChanges = z
  .partial(z.strictObject(policyFields))
  .check(z.refine((changes) => Object.keys(changes).length > 0, { error: "must change something" }), z.meta({ minProperties: 1 }));
export type PolicyChanges = z.output<typeof policyChanges>;
