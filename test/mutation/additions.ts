import { revisionTrigger } from "../support/revision-trigger.ts";
import type { Replacement } from "./project-copy.ts";

/** A whole file, or text that occurs once in a file and its replacement. */
export type Edit = Replacement | { readonly file: string; readonly text: string };

/** An addition to the service, as it is written by hand. */
export type Addition = {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The largest number of files written by hand. */
  readonly filesMax: number;
  /** Statements that are appended by hand to the generated migration. */
  readonly migration?: string;
};

/** Text to insert after a text that occurs once in a file. */
const after = (file: string, from: string, added: string): Replacement => ({ file, from, to: `${from}${added}` });

const decision = `import { change } from "../commit/decision.ts";
import type { Decision } from "../commit/decision.ts";
import { problem } from "../problem/problem.ts";
import type { Snapshot } from "./snapshot.sql.ts";

/** An event in the trail; the license stays unchanged. */
export function note({ license }: Snapshot, input: { readonly reason: string | null }): Decision {
  if (license.status === "REVOKED") return problem("license-revoked");
  return change({
    licenseId: license.id,
    guard: { kind: "revision", revision: license.revision },
    set: {},
    releases: [],
    events: [{ type: "updated", reason: input.reason, changes: {} }],
  });
}
`;

const endpoint = `import * as z from "zod/mini";
import { idSchema } from "@licensing/core/base/id.ts";
import { reasonText } from "@licensing/core/base/text.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { note } from "@licensing/core/lifecycle/note.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { changedLicense, changeReply } from "@licensing/core/lifecycle/reply.store.ts";

export const contract = {
  summary: "Note something in a license's trail",
  description: "The license stays as it is.",
  permission: "license:note",
  params: z.strictObject({ licenseId: idSchema }),
  body: z.strictObject({ reason: z.optional(reasonText) }),
  bodyOptional: true,
  replies: { 200: { description: "The license and its certificate.", body: changedLicense } },
  problems: ["license-not-found", "license-revoked", "sequence-mismatch", "license-contended"],
  ifMatch: true,
  examples: { body: { reason: "called the holder" } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const performed = await perform(runtime, call, {
    locator: { by: "id", named: call.params.licenseId },
    absent: "license-not-found",
    decide: (snapshot) => note(snapshot, { reason: call.body.reason ?? null }),
  });
  return changeReply(runtime, performed);
});
`;

const unitTest = `import { expect, test } from "vitest";
import { note } from "@licensing/core/lifecycle/note.ts";
import { snapshotOf } from "./lifecycle-world.ts";

test("note sets no column and writes one event", () => {
  expect(note(snapshotOf(), { reason: "called" })).toMatchObject({ kind: "change", change: { set: {}, events: [{ reason: "called", changes: {} }] } });
});

test("note of a revoked license is refused", () => {
  expect(note(snapshotOf({ status: "REVOKED" }), { reason: null })).toMatchObject({ kind: "problem", code: "license-revoked" });
});
`;

const route = `
  { method: "POST", path: \`\${basePath}/licenses/{licenseId}/note\`, function: "licenses/note", touches: changer },`;

const row = `
  {
    function: "licenses/note", permission: "license:note", callers: "401 200 200 403 403 403 403 403 403 403",
    body: withReason, otherBody: otherReason, event: "updated",
    outcomes: { ...unchanged, ...unlessRevoked },
    weight: 5,
  },`;

/** A verb that changes no column, with a permission of its own. */
export const verb: Addition = {
  name: "a verb",
  filesMax: 6,
  edits: [
    { file: "core/lifecycle/note.ts", text: decision },
    { file: "functions/licenses/note.ts", text: endpoint },
    after("infra/routes.ts", 'function: "licenses/suspend", touches: changer },', route),
    after("core/access/permission.ts", '  "license:suspend",\n', '  "license:note",\n'),
    after("core/access/permission.ts", '"licensing-operator": [', '\n    "license:note",'),
    after("test/support/verbs.ts", "export const verbs: readonly Verb[] = [", row),
    { file: "test/unit/lifecycle-note.test.ts", text: unitTest },
  ],
};

/** A type of its own for the event of that verb. */
export const eventType: Addition = {
  name: "an event type",
  filesMax: 3,
  edits: [
    after("core/event/event.ts", '"revoked", "updated",', ' "noted",'),
    { file: "core/lifecycle/note.ts", from: 'type: "updated"', to: 'type: "noted"' },
    { file: "test/support/verbs.ts", from: 'otherBody: otherReason, event: "updated"', to: 'otherBody: otherReason, event: "noted"' },
  ],
};

const contractTest = `import { expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { startService } from "../support/service.ts";

test("a license keeps the reference it was issued with until another is set", async () => {
  const service = await startService();
  const { at } = await issueLicense(service, await createPolicy(service), { reference: "order 7" });
  const shown = async () => (await service.call("GET", at)).body.reference;
  expect(await shown()).toBe("order 7");
  await service.call("PATCH", at, { body: { reference: null } });
  expect(await shown()).toBeNull();
});
`;

/** A field of a license that its callers set. */
export const field: Addition = {
  name: "a field of a license",
  filesMax: 8,
  migration: revisionTrigger().text.replace("UPDATE OF ", "UPDATE OF reference, "),
  edits: [
    after("core/license/columns.ts", '  name: { column: "name", ...nullable(text()) },', '\n  reference: { column: "reference", ...nullable(text()) },'),
    after("core/license/details.ts", "emptyDetails = { name: null,", " reference: null,"),
    after("core/license/details.ts", "  name: z.optional(nameText),", "\n  reference: z.optional(nameText),"),
    after("core/license/details.ts", "    name: z.optional(z.nullable(nameText)),", "\n    reference: z.optional(z.nullable(nameText)),"),
    after("core/license/license.table.ts", "    name: text(),", "\n    reference: text(),"),
    after("core/license/representation.ts", "    name: z.nullable(z.string()),", "\n    reference: z.nullable(z.string()),"),
    after("core/license/represent.ts", "    name: license.name,", "\n    reference: license.reference,"),
    after("test/unit/lifecycle-world.ts", `name: "Ada's",`, " reference: null,"),
    { file: "test/contract/license-reference.test.ts", text: contractTest },
  ],
};
