import { describe, expect, test } from "vitest";
import type { parseKey } from "@licensing/core/access/license-key.ts";
import type { csvOf } from "@licensing/core/base/csv.ts";
import type { nameText, seatName } from "@licensing/core/base/text.ts";
import type { endOf } from "@licensing/core/certificate/issue.ts";
import type { isHeld } from "@licensing/core/http/entity-tag.ts";
import type { listName } from "@licensing/core/http/page.ts";
import type { denies } from "@licensing/core/license/status.ts";
import type { holder } from "@licensing/core/license/holder.ts";
import type { renew } from "@licensing/core/lifecycle/renew.ts";
import type { update } from "@licensing/core/lifecycle/update.ts";
import { expiresAt, now, policyOf, snapshotOf } from "./lifecycle-world.ts";
import { moduleWithout, type Removal } from "./module-without.ts";

/** A question to a module of core, its right answer, and its wrong answer without each mechanism that makes it right. */
type Guarantee = {
  readonly entry: string;
  readonly ask: (module: unknown) => unknown;
  readonly right: unknown;
  readonly without: readonly (Removal & { readonly wrong: unknown })[];
};

const key = "ACME2026XY-CXV2M-47MGE-TC3B5-V35V3-X4Z65";
const keyFile = "access/license-key.ts";
const pastedFile = "base/pasted.ts";
const normalized = (text: string) => (module: unknown) => {
  const parsed = (module as { readonly parseKey: typeof parseKey }).parseKey(text);
  return "normalized" in parsed ? parsed.normalized : parsed.fault;
};
const moment = { now, actor: { type: "system", id: "test" }, requestId: "a-test-0001" } as const;
const kindOf = (decision: ReturnType<typeof renew>) => (decision.kind === "problem" ? decision.code : decision.kind);
const renewed = (license: Parameters<typeof snapshotOf>[0], periods: number) => (module: unknown) =>
  kindOf((module as { readonly renew: typeof renew }).renew(snapshotOf(license), { reason: null, periods }, moment));
const updated = (input: Parameters<typeof update>[1], license: Parameters<typeof snapshotOf>[0] = {}) => (module: unknown) =>
  (module as { readonly update: typeof update }).update(snapshotOf(license), input, moment);
const trial = policyOf({ id: "11", code: "try", trial: true });

const guarantees: Readonly<Record<string, Guarantee>> = {
  "a renewal never leads past the year 9999": {
    entry: "lifecycle/renew.ts",
    ask: renewed({ expires_at: "9999-11-01T00:00:00.000Z", grace_until: "9999-11-04T00:00:00.000Z", anchor_at: "9999-11-01T00:00:00.000Z", anchor_periods: 0 }, 3),
    right: "license-not-renewable",
    without: [{ file: "policy/duration.ts", from: "end === null || end > latestInstant", to: "end === null", wrong: "change" }],
  },
  "an end that is set lies after the start": {
    entry: "lifecycle/update.ts",
    ask: (module) => kindOf(updated({ expiresAt: new Date("2020-01-01T00:00:00.000Z") })(module)),
    right: "malformed-request",
    without: [{ file: "lifecycle/renewal-terms.ts", from: "expiresAt <= startsAt", to: "expiresAt < startsAt && false", wrong: "change" }],
  },
  "a change to a trial's policy is recorded, and begins no second one": {
    entry: "lifecycle/update.ts",
    ask: (module) => {
      const decision = updated({ policy: trial, resetExpiry: true })(module);
      return decision.kind === "change" ? [decision.change.recordsTrial, decision.change.restartsTrial] : decision.kind;
    },
    right: [true, true],
    without: [
      { file: "lifecycle/update.ts", from: "!(input.policy ?? policy).trial", to: "!policy.trial", wrong: [undefined, undefined] },
      { file: "lifecycle/update.ts", from: "...(input.resetExpiry === true ? { restartsTrial: true } : {})", to: "", wrong: [true, undefined] },
    ],
  },
  "a new holder's trial is recorded": {
    entry: "lifecycle/update.ts",
    ask: (module) => {
      const decision = (module as { readonly update: typeof update }).update(snapshotOf({}, { policy: policyOf({ trial: true }) }), { holder: { type: "user", id: "eve" } }, moment);
      return decision.kind === "change" && decision.change.recordsTrial;
    },
    right: true,
    without: [{ file: "lifecycle/update.ts", from: "input.policy !== undefined || input.holder !== undefined", to: "input.policy !== undefined", wrong: undefined }],
  },
  "a license is denied from the millisecond of its end on": {
    entry: "license/status.ts",
    ask: (module) => [-1, 0].map((past) => (module as { readonly denies: typeof denies }).denies({ status: "ACTIVATED", graceUntilMs: Date.parse(expiresAt) + 500 }, Date.parse(expiresAt) + 500 + past)),
    right: [false, true],
    without: [{ file: "license/status.ts", from: "nowMs >= endMs", to: "nowMs >= Math.floor(endMs / 1000) * 1000", wrong: [true, true] }],
  },
  "a certificate that permits doesn't end before its license": {
    entry: "certificate/issue.ts",
    ask: (module) => (module as { readonly endOf: typeof endOf }).endOf({ nowMs: 0, ttlSeconds: 60, graceUntilMs: 10_001 }),
    right: 11,
    without: [{ file: "certificate/issue.ts", from: "Math.ceil(graceUntilMs / 1000)", to: "Math.floor(graceUntilMs / 1000)", wrong: 10 }],
  },
  "texts that differ are different in CSV": {
    entry: "base/csv.ts",
    ask: (module) => new Set(["=1+1", "'=1+1", "", null].map((text) => (module as { readonly csvOf: typeof csvOf }).csvOf([], [[text]]))).size,
    right: 4,
    without: [
      { file: "base/csv.ts", from: "^(?:'|", to: "^(?:", wrong: 3 },
      { file: "base/csv.ts", from: `harmless === "" || `, to: "", wrong: 3 },
    ],
  },
  "a condition holds for a tag in a list, weak or strong": {
    entry: "http/entity-tag.ts",
    ask: (module) => ['"1", W/"7"', "*", '"77"'].map((header) => (module as { readonly isHeld: typeof isHeld }).isHeld('"7"', header)),
    right: [true, true, false],
    without: [
      { file: "http/entity-tag.ts", from: `tag.replace(/^W\\//, "") === etag`, to: "tag === etag", wrong: [false, true, false] },
      { file: "http/entity-tag.ts", from: `tags === "*" || tags`, to: `(tags === "*" ? [] : tags)`, wrong: [true, false, false] },
    ],
  },
  "a list with another filter has cursors of its own": {
    entry: "http/page.ts",
    ask: (module) => {
      const { listName: nameOf } = module as { readonly listName: typeof listName };
      return [nameOf("licenses", { status: "REVOKED" }) === nameOf("licenses", {}), nameOf("licenses", { limit: "5" }) === nameOf("licenses", {})];
    },
    right: [false, true],
    without: [{ file: "http/page.ts", from: "${name} ${hashJson(rest).slice(0, digestLength)}", to: "${name}", wrong: [true, true] }],
  },
  "a seat's name is never refused": {
    entry: "base/text.ts",
    ask: (module) => (module as { readonly seatName: typeof seatName; readonly nameText: typeof nameText }).seatName.parse(`a\t\u200bb ${"x".repeat(300)}`).length,
    right: 255,
    without: [{ file: "base/text.ts", from: ".slice(0, seatNameCodePointsMax)", to: "", wrong: 304 }],
  },
  "holders that differ by invisible characters are one": {
    entry: "license/holder.ts",
    ask: (module) => (module as { readonly holder: typeof holder }).holder.parse({ type: "user", id: "a\u200bd\u00ada" }).id,
    right: "ada",
    without: [{ file: "base/visible.ts", from: `text.replaceAll(/\\p{Default_Ignorable_Code_Point}/gu, "")`, to: "text", wrong: "a\u200bd\u00ada" }],
  },
  "a pasted key is read as the key": {
    entry: keyFile,
    ask: normalized(`•\u00a0${key.slice(0, 15)}\r\n> ${key.slice(15).replaceAll("-", "–")},`),
    right: key,
    without: [
      { file: pastedFile, from: `.replaceAll(dashes, "-")`, to: "", wrong: "malformed" },
      { file: pastedFile, from: `.replaceAll(/[\\r\\n][^\\S\\r\\n]*(?:>[^\\S\\r\\n]*)+/g, "\\n")`, to: "", wrong: `${key.slice(0, 15)}>${key.slice(15)}` },
    ],
  },
  "a key is found among words and escapes": {
    entry: keyFile,
    ask: normalized(`License key: <b>${key.replaceAll("-", "%2D")}</b>.`),
    right: key,
    without: [
      { file: keyFile, from: "whole ?? keyAmong(pasted)", to: "whole", wrong: `Licensekey:<b>${key.replaceAll("-", "%2D")}</b>.` },
      { file: keyFile, from: "unpaste(unescape(pasted))", to: "pasted", wrong: `Licensekey:<b>${key.replaceAll("-", "%2D")}</b>.` },
    ],
  },
  "an imported key is kept as it is, in the form of ours too": {
    entry: keyFile,
    ask: normalized("acme2026xycxv2n47mgetc3b5v35v3x4z65"),
    right: "acme2026xycxv2n47mgetc3b5v35v3x4z65",
    without: [{ file: keyFile, from: "isCodeword(valuesOf(symbols)) ?", to: "true ?", wrong: "ACME2026XY-CXV2N-47MGE-TC3B5-V35V3-X4Z65" }],
  },
};

describe.each(Object.entries(guarantees))("%s", (_, { entry, ask, right, without }) => {
  test("the code answers right", async () => expect(ask(await import(new URL(`../../core/${entry}`, import.meta.url).href))).toEqual(right));
  test.each(without)("(control) without $from it answers wrong", async ({ wrong, ...removal }) => expect(ask(await moduleWithout(entry, [removal]))).toEqual(wrong));
});
