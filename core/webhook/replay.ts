import * as z from "zod/mini";
import { instantInput, isWindow } from "../base/instant.ts";
import { eventTypes } from "../event/event.ts";

/** The most deliveries of one replay, and how many of them become due in a second, so that a replay doesn't overload its receiver. */
export const replayedMax = 100_000;
export const replayedPerSecond = 20;

const replayTypes = z.enum(eventTypes.map((type) => `license.${type}` as const));

/** The body of a replay. */
export const replayInput = z
  .strictObject({
    after: instantInput,
    before: z.optional(instantInput),
    types: z.optional(z.array(replayTypes).check(z.minLength(1), z.maxLength(eventTypes.length))).check(z.meta({ description: "Default: the types of events that the webhook asks for." })),
  })
  .check(isWindow("after", "before"));
export type ReplayInput = z.output<typeof replayInput>;

/** The replay of an address, as its row holds it. */
export type Replay = {
  readonly after: string;
  readonly before: string;
  /** The types of events. Null: every type. */
  readonly types: readonly string[] | null;
  /** The id of the last event that was made due. */
  readonly position: string;
  /** The due time of the last delivery that was made due. */
  readonly until: string;
  readonly isComplete: boolean;
};
