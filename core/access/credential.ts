import * as z from "zod/mini";
import { nameText } from "../base/text.ts";
import { instantText } from "../base/instant.ts";
import { roleName } from "./token-shape.ts";

const rolesMax = 20;

/** The body that creates a service credential. */
export const credentialInput = z.strictObject({
  name: nameText,
  roles: z.array(roleName).check(z.minLength(1), z.maxLength(rolesMax), z.meta({ description: "Its roles, which determine its permissions." })),
});

export const clientIdSchema = z
  .string()
  .check(
    z.regex(/^[A-Za-z0-9._~-]{1,128}$/, { error: "must be a client id" }),
    z.meta({ description: "The user name of HTTP Basic.", examples: ["svc_3q2-7w3vT0uZkq5Yp8bQ1A"] }),
  );

/** A service credential as the API shows it, without its secret. */
export const credentialSchema = z
  .strictObject({
    clientId: clientIdSchema,
    name: z.string(),
    roles: z.array(z.string()),
    lastUsedAt: z.nullable(instantText).check(z.meta({ description: "Accurate to the minute." })),
    createdAt: instantText,
  })
  .check(z.meta({ id: "Credential" }));
export type Credential = z.output<typeof credentialSchema>;

/** The answer to the creation of a credential, the only answer that shows the secret. */
export const newCredentialSchema = z.strictObject({
  ...credentialSchema.shape,
  secret: z
    .nullable(z.string())
    .check(z.meta({ description: "The password of HTTP Basic, shown once. Null if a replay can't open it any more." })),
});
