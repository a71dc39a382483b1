/** The path below which all addresses of the API lie, except health and readiness. */
export const basePath = "/v1/api/licensing";

/** The address of the keys that verify certificates, a JWK Set (RFC 7517). */
export const jwksPath = `${basePath}/.well-known/jwks.json`;

/** The address of the page that shows the contract. */
export const docsPath = `${basePath}/docs`;

/** The address below which each problem has a page. */
export const problemsPath = `${basePath}/problems`;

/** The `type` of a problem document (RFC 9457): the absolute address of its page. */
export function problemType(origin: string, code: string): string {
  return `${origin}${problemsPath}/${code}`;
}

/**
 * The origin that a request came to, from the domain that the gateway names. Only loopback has no TLS. Empty if the name isn't a
 * domain's: only a gateway on loopback passes on a caller's `Host`.
 */
export function originOf(domainName: string): string {
  if (/^(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?$/.test(domainName)) return `http://${domainName}`;
  return /^[a-z0-9.-]+$/i.test(domainName) ? `https://${domainName}` : "";
}
