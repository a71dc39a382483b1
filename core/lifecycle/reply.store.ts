import * as z from "zod/mini";
import { instantText } from "../base/instant.ts";
import { currentPublication } from "../publication/publish.store.ts";
import { publicationRepresentation, representPublication } from "../publication/representation.ts";
import { replayHeaders, type Reply } from "../http/reply.ts";
import { licenseRepresentation } from "../license/representation.ts";
import { representLicense } from "../license/represent.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { Performed } from "./perform.store.ts";

/** The body of the answer to every change of a license. */
export const changedLicense = z.strictObject({ license: licenseRepresentation, certificate: publicationRepresentation });

/** 200 with the license as committed and the result of its publication. A replay gets the same answer and is marked. */
export async function changeReply(runtime: Runtime, performed: Performed<Snapshot>): Promise<Reply> {
  const { license, certificate } = await changeBody(runtime, performed);
  return { status: 200, body: { license, certificate }, headers: changeHeaders(license.sequence, performed) };
}

/** The body of the answer to a change that stops a license or its seats. */
export const stoppedLicense = z.strictObject({
  ...changedLicense.shape,
  filesUntil: z.nullable(instantText).check(z.meta({
    description:
      "When the last license file that `POST …/file` gave out ends; until then it works offline. Null: none of those works. " +
      "A file from `GET …/certificate` isn't counted: it works until its certificate expires.",
  })),
});

/** `changeReply` with the end of the last license file. */
export async function stopReply(runtime: Runtime, performed: Performed<Snapshot>): Promise<Reply> {
  const { body, ...rest } = await changeReply(runtime, performed);
  return { ...rest, body: { ...(body as object), filesUntil: filesUntil(performed) } };
}

/** The end of the last license file that `licenses/file` gave out; null: none of those works. */
function filesUntil(performed: Performed<Snapshot>): string | null {
  const { license, at } = performed.kind === "nothing" ? { ...performed.seen, at: performed.at } : performed.committed;
  return license.filesUntil !== null && license.filesUntil > at ? license.filesUntil.toISOString() : null;
}

/** The license and the certificate in the answer to a change. */
export async function changeBody(runtime: Runtime, performed: Performed<Snapshot>) {
  if (performed.kind === "nothing") {
    const { license, seatsUsed } = performed.seen;
    const publication = await currentPublication({ license }, runtime);
    return { license: representLicense(license, { seatsUsed, now: performed.at }), certificate: representPublication(publication) };
  }
  const { license, seatsUsed, at } = performed.committed;
  const publication = performed.publication ?? (await currentPublication(performed.committed, runtime));
  return { license: representLicense(license, { seatsUsed, now: at }), certificate: representPublication(publication) };
}

export function changeHeaders(sequence: number, performed: { readonly kind: string; readonly replayed?: boolean }): Record<string, string> {
  return { etag: `"${sequence}"`, ...replayHeaders(performed.replayed === true) };
}
