/** The columns of imports and exports. Only the first three are needed. */
export const columns = ["policy", "holderType", "holderId", "name", "key", "status", "startsAt", "expiresAt", "activationLimit", "features", "metadata", "externalId"] as const;
export type Column = (typeof columns)[number];
export const neededColumns: readonly Column[] = ["policy", "holderType", "holderId"];

/** Words for what an empty field can't say: an empty one leaves the policy's term. */
export const never = "never";
export const unlimited = "unlimited";
