import * as z from "zod/mini";
import { dateOf, instantInput } from "../base/instant.ts";
import { eventTypes } from "./event.ts";
import type { EventFilters } from "./list.store.ts";

const actorLengthMax = 300;

/** The query fields of every list of events; spread into its strict query schema. */
export const eventFields = {
  type: z.optional(z.enum(eventTypes)),
  actor: z
    .optional(z.string().check(z.minLength(1), z.maxLength(actorLengthMax)))
    .check(z.meta({ description: "The actor: an id, or `type:id`.", examples: ["user:ada"] })),
  after: z.optional(instantInput).check(z.meta({ description: "Made at this instant or later." })),
  before: z.optional(instantInput).check(z.meta({ description: "Made before this instant." })),
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
