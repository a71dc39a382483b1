import { describe, expect, test } from "vitest";
import { digestKey, parseKey } from "@licensing/core/access/license-key.ts";
import { licenseLocator } from "@licensing/core/lifecycle/locator.ts";
import { holdersFor } from "@licensing/core/lifecycle/update.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { momentAt, policyOf } from "./lifecycle-world.ts";

describe("the license that a request names", () => {
  const runtime = createRuntime({ environment: { APP_ENV_LICENSING_KEY_PEPPER: "a pepper of the locator's tests" }, print: () => undefined });
  const key = "LIC-01234-56789-ABCDE-FGHJK-MNPTN";
  const parsed = parseKey(key);
  const digest = "normalized" in parsed ? digestKey(runtime, parsed.normalized) : undefined;
  const { actor } = momentAt();
  const application = { actor: { type: "license", id: "20", keyDigest: "digest" } } as const;

  test.each([
    ["its id", { licenseId: "7" }, { actor }, { by: "id", named: "7" }],
    ["its id, whatever key is beside it", { licenseId: "7", key }, application, { by: "id", named: "7" }],
    ["its key", { key }, { actor }, { by: "key", named: digest }],
    ["its key in small letters", { key: key.toLowerCase() }, undefined, { by: "key", named: digest }],
    ["a key, though the caller is another license's application", { key }, application, { by: "key", named: digest }],
    ["a key that no license can have", { key: "LIC-01234-56789-ABCDE-FGHJK-MNPTX" }, { actor }, "none"],
    ["nothing, by an application with a license's key", {}, application, { by: "id", named: "20" }],
    ["nothing, by a user", {}, { actor }, undefined],
    ["nothing, by a caller who isn't known yet", {}, undefined, undefined],
  ] as const)("is found by %s", (_which, named, caller, locator) => expect(licenseLocator(runtime, named, caller)).toEqual(locator));
});

test.each([
  ["no term", { name: "x" }, undefined],
  ["another term", { reset: ["features"] }, undefined],
  ["a limit", { activationLimit: 3 }, { above: 3 }],
  ["a limit and another policy, whose own limit doesn't count then", { activationLimit: 3, policy: policyOf({ activation_limit: 9 }) }, { above: 3 }],
  ["no limit any more", { activationLimit: null }, undefined],
  ["no limit any more and a policy with a limit", { activationLimit: null, policy: policyOf() }, undefined],
  ["the policy's limit again, which isn't known yet", { reset: ["activationLimit"] }, { above: null }],
  ["another policy", { policy: policyOf({ activation_limit: 9 }) }, { above: 9 }],
  ["another policy, and the limit again", { policy: policyOf({ activation_limit: 9 }), reset: ["activationLimit"] }, { above: 9 }],
  ["a policy without a limit", { policy: policyOf({ activation_limit: null }) }, undefined],
] as const)("an update that sets %s reads the holders that it may have to list", (_what, input, holders) => expect(holdersFor(input)).toEqual(holders));
