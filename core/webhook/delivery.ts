import * as z from "zod/mini";
import { instantOrNull } from "../base/instant-or-null.ts";
import { instantText } from "../base/instant.ts";

/** The states of a delivery that is over. */
export const endedStates = ["delivered", "exhausted"] as const;
/** The states of one that isn't. It is held while its address is disabled. */
const openStates = ["pending", "held"] as const;
const deliveryStates = [...openStates, ...endedStates] as const;
type DeliveryState = (typeof deliveryStates)[number];

/** One try. `status` is null if no answer came; then `error` says why. */
export type Attempt = { readonly at: string; readonly status: number | null; readonly durationMs: number; readonly error: string | null };

/** One event or notice for one address. */
export type Delivery = {
  readonly id: string;
  readonly webhookId: string;
  readonly type: string;
  /** 0: it concerns no license. */
  readonly licenseId: string;
  readonly sequence: number | null;
  readonly state: DeliveryState;
  readonly attempts: readonly Attempt[];
  readonly nextAttemptAt: string | null;
  readonly createdAt: string;
  readonly deliveredAt: string | null;
};

export const deliveryStateSchema = z.enum(deliveryStates);

/** A delivery as the API shows it. */
export const deliveryRepresentation = z
  .strictObject({
    id: z.string().check(z.meta({ description: "The `webhook-id`, also of a redelivery or replay." })),
    webhookId: z.string(),
    type: z.string(),
    licenseId: z.nullable(z.string()),
    sequence: z.nullable(z.int()).check(z.meta({ description: "The event's sequence. Null: the delivery isn't about an event." })),
    state: deliveryStateSchema,
    attempts: z.array(
      z.strictObject({
        at: instantText,
        status: z.nullable(z.int()),
        durationMs: z.int(),
        error: z.nullable(z.string()).check(z.meta({ description: "The reason why no answer came." })),
      }),
    ),
    nextAttemptAt: z.nullable(instantText),
    createdAt: instantText,
    deliveredAt: z.nullable(instantText),
  })
  .check(z.meta({ id: "WebhookDelivery" }));

export function representDelivery(delivery: Delivery): z.output<typeof deliveryRepresentation> {
  const { licenseId, attempts, nextAttemptAt, createdAt, deliveredAt, ...rest } = delivery;
  return {
    ...rest,
    licenseId: licenseId === "0" ? null : licenseId,
    attempts: attempts.map((attempt) => ({ ...attempt, at: new Date(attempt.at).toISOString() })),
    nextAttemptAt: instantOf(nextAttemptAt),
    createdAt: new Date(createdAt).toISOString(),
    deliveredAt: instantOf(deliveredAt),
  };
}

function instantOf(text: string | null): string | null {
  return instantOrNull(text === null ? null : new Date(text));
}
