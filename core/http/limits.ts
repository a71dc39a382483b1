import type { Usage } from "./limit.store.ts";

/**
 * Every limit on how often, in one place. A window slides: it weighs the count of the window before by what of it is
 * still inside.
 */
export type Limit = { readonly name: string; readonly quota: number; readonly windowSeconds: number };

/**
 * Validation. A fleet that starts at once asks hundreds of times for one license, so the bounds are what no honest
 * fleet needs for ten seconds on end.
 */
export const callLimits = {
  license: { name: "license", quota: 600, windowSeconds: 10 },
  principal: { name: "principal", quota: 20_000, windowSeconds: 10 },
  address: { name: "address", quota: 20_000, windowSeconds: 10 },
} as const satisfies Record<string, Limit>;

/**
 * Wrong credentials. A client id is locked for everybody, since guesses may come from many places; license keys have
 * no account to lock, so their guesses count by address. The secrets are too long to guess anyway: this keeps the
 * guessing itself off the database.
 */
export const failureLimits = {
  client: { name: "client", quota: 100, windowSeconds: 60 },
  licenseAddress: { name: "license-address", quota: 100, windowSeconds: 60 },
} as const satisfies Record<string, Limit>;

/**
 * `RateLimit` and `RateLimit-Policy`, structured fields of draft-ietf-httpapi-ratelimit-headers: the policies, and the one
 * that is nearest to its end. Empty when nothing was counted.
 */
export function limitHeaders(usages: readonly Usage[]): Readonly<Record<string, string>> {
  const [nearest] = usages.toSorted((left, right) => left.remaining / left.limit.quota - right.remaining / right.limit.quota);
  if (nearest === undefined) return {};
  return {
    "ratelimit-policy": usages.map(({ limit }) => `"${limit.name}";q=${limit.quota};w=${limit.windowSeconds}`).join(", "),
    ratelimit: `"${nearest.limit.name}";r=${nearest.remaining};t=${nearest.resetSeconds}`,
  };
}

/**
 * Whom an address is counted as. An IPv6 caller owns at least a /64, so counting single addresses would count nothing;
 * an IPv4 address written as IPv6 (RFC 4291 §2.5.5.2) is itself.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([0-9]{1,3}(?:\.[0-9]{1,3}){3})$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return `${[...left, ...zeros, ...right].slice(0, 4).join(":")}::/64`;
}
