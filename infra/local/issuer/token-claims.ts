/** The service's settings for reading tokens. Tokens are made to fit them. */
export type ClaimNames = {
  readonly audienceClaim: string;
  /** A claim's name; a dotted path names members of nested objects, a URI is one whole name. */
  readonly rolesClaim: string;
  readonly organizationClaim: string;
};

/** The person that a token is issued to. */
export type Person = { readonly sub: string; readonly roles: readonly string[]; readonly org?: string };

/** The claims of a token that the service reads: its audience, subject, roles and organization. */
export function tokenClaims({ audienceClaim, rolesClaim, organizationClaim }: ClaimNames, { audience, person }: { readonly audience: string; readonly person: Person }): Record<string, unknown> {
  const claims: Record<string, unknown> = { sub: person.sub, [audienceClaim]: audience };
  put(claims, rolesClaim, [...person.roles]);
  if (person.org !== undefined) put(claims, organizationClaim, person.org);
  return claims;
}

function put(claims: Record<string, unknown>, name: string, value: unknown): void {
  const [first = name, ...rest] = name.includes("://") ? [name] : name.split(".");
  if (rest.length === 0) {
    claims[first] = value;
    return;
  }
  const nested = (claims[first] ?? {}) as Record<string, unknown>;
  put(nested, rest.join("."), value);
  claims[first] = nested;
}
