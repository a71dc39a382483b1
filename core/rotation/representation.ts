import * as z from "zod/mini";
import { instantOrNull } from "../base/instant-or-null.ts";
import { instantText } from "../base/instant.ts";
import type { KeyCheck } from "./key-table.store.ts";
import type { KeyFacts } from "./states.ts";

export const kidSchema = z
  .string()
  .check(
    z.regex(/^[A-Za-z0-9_-]{1,64}$/, { error: "must be a kid: symbols of base64url" }),
    z.meta({ description: "A key's RFC 7638 thumbprint.", examples: ["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"] }),
  );

/** A signing key as the API shows it: its public side only. */
export const keyRepresentation = z
  .strictObject({
    kid: z.string(),
    state: z
      .enum(["pending", "active", "retiring", "retired", "compromised", "unregistered"])
      .check(z.meta({ description: "`unregistered`: in the secret, and not seen by a check yet." })),
    createdAt: z.nullable(instantText),
    activeAt: z.nullable(instantText),
    retiringAt: z.nullable(instantText),
    retiredAt: z.nullable(instantText),
    certificates: z.int().check(z.meta({ description: "Licenses whose certificate was last seen signed by it." })),
    inSecret: z.boolean().check(z.meta({ description: "Whether the last check found its PEM in the secret." })),
  })
  .check(z.meta({ id: "SigningKey" }));

const checkRepresentation = z
  .strictObject({
    at: instantText,
    state: z.enum(["ok", "warn", "page"]),
    findings: z.array(
      z.strictObject({ code: z.string(), state: z.enum(["ok", "warn", "page"]), detail: z.string(), kid: z.optional(z.string()) }),
    ),
  })
  .check(z.meta({ id: "KeyCheck" }));

export const keysRepresentation = z.strictObject({
  data: z.array(keyRepresentation),
  check: z.nullable(checkRepresentation).check(z.meta({ description: "The last check; null before the first." })),
});

export function representKey(key: KeyFacts) {
  return {
    kid: key.kid,
    state: key.state,
    createdAt: instantOrNull(key.createdAt),
    activeAt: instantOrNull(key.activeAt),
    retiringAt: instantOrNull(key.retiringAt),
    retiredAt: instantOrNull(key.retiredAt),
    certificates: key.certificates,
    inSecret: key.inSecret,
  };
}

export function representKeys(keys: readonly KeyFacts[], check: KeyCheck | undefined) {
  return {
    data: keys.map(representKey),
    check: check === undefined ? null : { at: check.at.toISOString(), state: check.state, findings: check.findings },
  };
}
