import * as z from "zod/mini";
import { instantOrNull } from "../base/instant-or-null.ts";
import { instantText } from "../base/instant.ts";
import { text } from "../base/text.ts";
import { eventTypes } from "../event/event.ts";
import { urlCharactersMax } from "./address.ts";

/** The types of deliveries that aren't about an event: the service's own notices. */
export const noticeTypes = ["license.expiring", "license.usage-warning", "license.activation-refused", "key.finding", "webhook.test"] as const;
export type NoticeType = (typeof noticeTypes)[number];

/** The types that an address can ask for. A test goes to the tested address, whatever it asks for. */
const webhookTypes = [...eventTypes.map((type) => `license.${type}` as const), ...noticeTypes] as const;
type WebhookType = (typeof webhookTypes)[number];

/** Why an address is disabled: by hand, by five days of failures, or because it answered 410. */
export const disabledReasons = ["manual", "failing", "gone"] as const;

const signatureVersions = ["v1", "v1a"] as const;
type SignatureVersion = (typeof signatureVersions)[number];

/** An address that receives events, without its keys. */
export type Webhook = {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  /** Null: every type, including future ones. */
  readonly types: readonly WebhookType[] | null;
  readonly signatures: readonly SignatureVersion[];
  readonly publicKey: string | null;
  readonly enabled: boolean;
  readonly disabledReason: (typeof disabledReasons)[number] | null;
  readonly failingSince: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

function distinct<Item extends z.ZodMiniType>(item: Item, description: string) {
  return z.array(item).check(
    z.minLength(1),
    z.maxLength(webhookTypes.length),
    z.refine((items) => new Set(items).size === items.length, { error: "must not name anything twice" }),
    z.meta({ description, uniqueItems: true }),
  );
}

const webhookTypeSchema = z.enum(webhookTypes);
const urlText = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(urlCharactersMax),
    z.meta({ description: "An https address on port 443 whose name resolves to public addresses only.", examples: ["https://hooks.example.com/licenses"] }),
  );
const descriptionText = text({ codePointsMax: 500, description: "The purpose of the address." });
const types = distinct(webhookTypeSchema, "The types of deliveries that it gets. Null: all of them, including future ones.");
const signatures = distinct(z.enum(signatureVersions), "`v1`: HMAC-SHA256 by the secret. `v1a`: Ed25519 by a key of the webhook's own, whose public half is `publicKey`.");

/** The members of a new webhook. */
export const newWebhook = z.strictObject({
  url: urlText,
  description: z.optional(z.nullable(descriptionText)),
  types: z.optional(z.nullable(types)),
  signatures: z.optional(signatures),
  enabled: z.optional(z.boolean()),
});
export type NewWebhook = z.output<typeof newWebhook>;

/** The members that PATCH may change. */
export const webhookChanges = z
  .strictObject({ ...newWebhook.shape, url: z.optional(urlText) })
  .check(z.refine((changes) => Object.keys(changes).length > 0, { error: "must change something" }), z.meta({ minProperties: 1 }));
export type WebhookChanges = z.output<typeof webhookChanges>;

/** An address as the API shows it. */
export const webhookRepresentation = z
  .strictObject({
    id: z.string(),
    url: z.string(),
    description: z.nullable(z.string()),
    types: z.array(webhookTypeSchema),
    signatures: z.array(z.enum(signatureVersions)),
    publicKey: z.nullable(z.string()).check(z.meta({ description: "`whpk_…`, for `v1a`." })),
    enabled: z.boolean(),
    disabledReason: z
      .nullable(z.enum(disabledReasons))
      .check(z.meta({ description: "`manual`: by PATCH. `failing`: after five days of failures. `gone`: it answered 410. After the last two, its deliveries are held for 30 days." })),
    failingSince: z.nullable(instantText).check(z.meta({ description: "The first failure since the last success." })),
    createdAt: instantText,
    updatedAt: instantText,
  })
  .check(z.meta({ id: "Webhook" }));

/** The answers that show a secret: to its creation and its rotation. */
export const webhookWithSecret = z.strictObject({
  ...webhookRepresentation.shape,
  secret: z.nullable(z.string()).check(z.meta({ description: "`whsec_…`, shown once. Null if a replay can't open it any more." })),
});

export function representWebhook(webhook: Webhook): z.output<typeof webhookRepresentation> {
  const { types: asked, failingSince, createdAt, updatedAt, signatures: versions, ...rest } = webhook;
  return {
    ...rest,
    types: [...(asked ?? webhookTypes)],
    signatures: [...versions],
    failingSince: instantOrNull(failingSince === null ? null : new Date(failingSince)),
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}
