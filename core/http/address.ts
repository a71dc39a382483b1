/** The path below which all addresses of the API lie; health and readiness have their own. */
export const basePath = "/v1/api/licensing";

/** Where consumers find the keys that certificates are verified with, as a JWK Set (RFC 7517). */
export const jwksPath = `${basePath}/.well-known/jwks.json`;

/** Where the pages of problems are: the `type` of a problem document (RFC 9457) is one of them. */
export const problemsPath = `${basePath}/problems`;
