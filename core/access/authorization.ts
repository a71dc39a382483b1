const headerLengthMax = 10_240;

/** An `Authorization` header's scheme, in lower case, and its credential (RFC 9110 §11.6.2). */
export type Authorization = { readonly scheme: string; readonly credential: string };

/** The header as the gateway joins it. Undefined for none, for two (no credential holds a comma), and for what is none. */
export function readAuthorization(header = ""): Authorization | undefined {
  if (header.length > headerLengthMax || header.includes(",")) return undefined;
  const [, scheme, credential] = /^([A-Za-z]+) +([\x21-\x7e]+)$/.exec(header) ?? [];
  return scheme === undefined || credential === undefined ? undefined : { scheme: scheme.toLowerCase(), credential };
}
