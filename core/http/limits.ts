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
