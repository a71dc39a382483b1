import type * as z from "zod/mini";
import type { ReplyContract } from "@licensing/core/endpoint/contract.ts";
import { validation } from "@licensing/core/lifecycle/validation.ts";

/** The schemas that contracts only name, so that a cold start doesn't load and build them. */
const named: Readonly<Record<string, z.ZodMiniType>> = { Validation: validation };

/** The schema of a reply's body; undefined: there is no body. Throws for an unknown name. */
export function replySchema({ body }: ReplyContract): z.ZodMiniType | undefined {
  if (body === undefined || !("$ref" in body)) return body;
  const schema = named[body.$ref];
  if (schema === undefined) throw new Error(`no schema is called ${body.$ref}`);
  return schema;
}
