/** The path below which all addresses of the API lie, except health and readiness. */
export const basePath = "/v1/api/licensing";

/** The address of the keys that verify certificates, a JWK Set (RFC 7517). */
export const jwksPath = `${basePath}/.well-known/jwks.json`;

/** The address of the page that shows the contract. */
export const docsPath = `${basePath}/docs`;

/** The address below which each problem has a page. The `type` of a problem document (RFC 9457) is such a page. */
export const problemsPath = `${basePath}/problems`;
