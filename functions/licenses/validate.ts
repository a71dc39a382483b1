import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpointWith } from "@licensing/core/endpoint/edge.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { featureCode } from "@licensing/core/policy/feature-code.ts";
import { fingerprint } from "@licensing/core/license/fingerprint.ts";
import { instantInput } from "@licensing/core/base/instant.ts";
import { keyText } from "@licensing/core/access/license-key-text.ts";
import { nonce } from "@licensing/core/lifecycle/nonce.ts";
import { uses } from "@licensing/core/usage/uses.ts";
import { seatName } from "@licensing/core/base/text.ts";
import { validateLicense } from "@licensing/core/lifecycle/validate-license.store.ts";

export const contract = {
  summary: "Validate a license",
  description: "An invalid license is an answer, not an error: 200 with `valid` and `code`. A fingerprint without a seat takes one if every other check passes.",
  permission: "license:validate",
  dryRunPermission: "license:read",
  query: z.strictObject({
    dryRun: z._default(z.enum(["true", "false"]), "false").check(
      z.meta({ description: "`true` answers the question and changes nothing: no seat is taken, no usage is consumed, `lastValidatedAt` stays. Requires license:read instead of license:validate." }),
    ),
  }),
  body: z
    .strictObject({
      key: z.optional(keyText),
      licenseId: z.optional(idSchema),
      fingerprint: z.optional(fingerprint),
      activate: z.optional(z.boolean()).check(z.meta({ default: true, description: "`true`: a machine without a seat takes one. `false`: such a machine is answered `NOT_ACTIVATED`." })),
      name: z.optional(seatName).check(z.meta({ description: "The name of the seat, if this call takes one." })),
      features: z
        .optional(z.array(featureCode).check(z.maxLength(64)))
        .check(z.meta({ description: "Features that must be granted." })),
      releasedAt: z
        .optional(instantInput)
        .check(z.meta({ description: "When the build that asks was released. After the license's `maintenanceUntil` the answer is `MAINTENANCE_ENDED`." })),
      usage: z.optional(uses).check(z.meta({ description: "Use that is counted only if all else is valid: all of it or none." })),
      nonce: z.optional(nonce),
    })
    .check(z.refine((body) => body.licenseId === undefined || body.key === undefined, { error: "name the license once", path: ["key"] })),
  bodyOptional: true,
  replies: { 200: { description: "Whether the license may be used, and why.", body: { $ref: "Validation" } } },
  problems: ["license-not-found", "license-contended", "rate-limited"],
  resolvesLicense: true,
  namesLicense: true,
  examples: { body: { key: "LIC-00000-00000-00000-00000-00000", fingerprint: "9f2c1a7e4b60d8f3" } },
} as const satisfies Contract;

/**
 * Loads the parts for a call that may change the license, explains, has a token or a service secret, or is refused. This is the
 * service's only `import()` besides Casbin's. An application that holds its seat is answered without these parts.
 */
const load = () => import("@licensing/core/lifecycle/validate-by-change.store.ts");

export const handler = endpointWith({ load, contract, run: (call, runtime) => validateLicense(runtime, { ...call, load }) });
