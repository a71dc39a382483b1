import { eventTypes } from "@licensing/core/event/event.ts";
import { noticeTypes } from "@licensing/core/webhook/webhook.ts";
import type { NoticeType } from "@licensing/core/webhook/webhook.ts";
import { exampleOf } from "./openapi-examples.ts";
import type { JsonObject, Schemas } from "./openapi-schemas.ts";

/** The requests that the service sends to webhooks, by their type (Standard Webhooks 1.0.0). */
export function webhooksOf(schemas: Schemas): JsonObject {
  const events = eventTypes.map((type) => {
    const data = { license: reference("License"), event: reference("LicenseEvent") };
    const description = "The license is as it was when the delivery was first sent. `sequence` orders the events of a license.";
    return requestOf({ type: `license.${type}`, summary: `Tells of the event \`${type}\``, description, data }, schemas);
  });
  return Object.fromEntries([...events, ...noticeTypes.map((type) => requestOf({ type, ...notices[type] }, schemas))]);
}

/** The documentation of deliveries without an event. */
const notices: Readonly<Record<NoticeType, Pick<Told, "summary" | "description" | "data">>> = {
  "license.expiring": { summary: "Tells that a license expires soon", description: "Once for each duration of the policy's `remindBefore`. `before` is that duration.", data: { license: reference("License"), before: { type: "string", format: "duration", examples: ["P7D"] } } },
  "license.usage-warning": { summary: "Tells that most of a meter's limit is used", description: "At 80 % of the limit, once in a period.", data: { license: reference("License") } },
  "license.activation-refused": { summary: "Tells that a full license refused a machine", description: "At most once an hour for a license.", data: { license: reference("License") } },
  "key.finding": { summary: "Tells of a finding of the check of the signing keys", description: "Once for each finding that the previous check didn't have.", data: { finding: { type: "object" } } },
  "webhook.test": { summary: "Tests the address", description: "Sent when it is asked for, whatever types the webhook has.", data: {} },
};

type Told = { readonly type: string; readonly summary: string; readonly description: string; readonly data: Readonly<Record<string, JsonObject>> };

function requestOf({ type, summary, description, data }: Told, schemas: Schemas): readonly [string, JsonObject] {
  const schema = {
    type: "object",
    properties: {
      type: { type: "string", const: type },
      timestamp: { type: "string", format: "date-time", description: "When the delivery was made." },
      // More members may come: readers pass over those that they don't know.
      data: { type: "object", properties: data, required: Object.keys(data) },
    },
    required: ["type", "timestamp", "data"],
  };
  const post = {
    operationId: type.replaceAll(/[.-]([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    tags: ["webhooks"],
    summary,
    description: `${description} A delivery may come twice: its \`webhook-id\` is then the same.`,
    security: [],
    parameters: signed,
    requestBody: { required: true, content: { "application/json": { schema, example: ofType(exampleOf(schema, schemas.named()), type) } } },
    responses: {
      "2XX": { description: "The delivery has arrived. Any other answer, or none in time, is followed by another attempt." },
      "410": { description: "The receiver wants no more deliveries: the webhook is disabled." },
    },
  };
  return [type, { post }];
}

/** The example with an event of the delivery's type. */
function ofType(example: unknown, type: string): unknown {
  const { data, ...rest } = example as { readonly data: { readonly event?: object } };
  return { ...rest, data: data.event === undefined ? data : { ...data, event: { ...data.event, type: type.replace("license.", "") } } };
}

function reference(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

const signed: readonly JsonObject[] = [
  { name: "webhook-id", in: "header", required: true, description: "The id of the delivery, the same in each attempt.", schema: { type: "string" }, example: "7187634217123840001" },
  { name: "webhook-timestamp", in: "header", required: true, description: "The time of this attempt, in seconds since 1970.", schema: { type: "string" }, example: "1795428000" },
  {
    name: "webhook-signature",
    in: "header",
    required: true,
    description: "Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519.",
    schema: { type: "string" },
    example: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  },
];
