import * as z from "zod";
import { instantInput } from "../platform/instant.ts";
import { eventTypes } from "./event.ts";
import type { EventFilters } from "./list.store.ts";

const actorLengthMax = 300;

/** The query fields of every list of events; spread into its strict query schema. */
export const eventFields = {
  type: z.enum(eventTypes).optional(),
  actor: z
    .string()
    .check(z.minLength(1), z.maxLength(actorLengthMax))
    .optional()
    .meta({ description: "Who did it: an id, or `type:id`.", examples: ["user:ada"] }),
  after: instantInput.optional().meta({ description: "Made at this instant or later." }),
  before: instantInput.optional().meta({ description: "Made before this instant." }),
  format: z.enum(["json", "csv"]).default("json").meta({ description: "`csv`: RFC 4180 with a header row." }),
};

type Query = {
  readonly type?: EventFilters["type"];
  readonly actor?: string | undefined;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
};

export function eventFilters({ type, actor, after, before }: Query): EventFilters {
  return { type, actor, after: dateOf(after), before: dateOf(before) };
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
