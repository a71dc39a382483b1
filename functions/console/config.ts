import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { required } from "@licensing/core/platform/config.ts";
import * as z from "zod/mini";

const url = z.string();

export const contract = {
  summary: "Read how to log in",
  description:
    "The settings by which the console and the command line log people in at the identity provider: OpenID Connect with a public client, by code and PKCE or by device code. `clientId` is null where no client is registered; then nobody can log in there, and tokens come from elsewhere.",
  permission: "public",
  replies: {
    200: {
      description: "The settings. Without `endpoints` the provider's discovery document has them.",
      body: z.strictObject({
        issuer: z.string(),
        clientId: z.nullable(z.string()),
        scopes: z.array(z.string()),
        audience: z.string(),
        authorizationParameters: z.record(z.string(), z.string()),
        endpoints: z.optional(
          z.strictObject({ authorization: url, token: url, deviceAuthorization: z.optional(url), revocation: z.optional(url), endSession: z.optional(url) }),
        ),
      }),
      example: {
        issuer: "https://identity.example.com",
        clientId: "licensing-console",
        scopes: ["openid"],
        audience: "licensing",
        authorizationParameters: {},
      },
    },
  },
} as const satisfies Contract;

export const handler = endpoint(contract, (_call, { config }) => {
  const { issuer, audience } = required(config.identity, "APP_ENV_IDENTITY_ISSUER");
  const { clientId = null, scopes, authorizationParameters, endpoints } = config.login;
  const body = { issuer, clientId, scopes, audience, authorizationParameters, ...(endpoints === undefined ? {} : { endpoints }) };
  return Promise.resolve({ status: 200, body });
});
