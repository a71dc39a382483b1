import type { LoginEndpoints } from "@licensing/core/platform/config.ts";

/** Gives a token without a login. */
export const mintPath = "/token";

/** The paths of the OpenID provider's endpoints. */
export const paths = {
  jwks: "/.well-known/jwks.json",
  authorization: "/authorize",
  token: "/oauth/token",
  deviceAuthorization: "/device/code",
  revocation: "/revoke",
  endSession: "/logout",
} as const;

/** The endpoints of a provider that is reached at `origin`. */
export function endpointsAt(origin: string): LoginEndpoints {
  const { jwks: _jwks, ...endpoints } = paths;
  return Object.fromEntries(Object.entries(endpoints).map(([name, path]) => [name, `${origin}${path}`])) as LoginEndpoints;
}
