/** The columns of imports and exports. */
export const columns = ["policy", "holderType", "holderId", "name", "key", "status", "startsAt", "expiresAt", "activationLimit", "features", "metadata", "externalId"] as const;
export type Column = (typeof columns)[number];
/** `holderType` is `user` if a file has no such column. */
export const neededColumns: readonly Column[] = ["policy", "holderId"];

/** The words for no expiry and for no limit. An empty field can't mean them, because it leaves the policy's term. */
export const never = "never";
export const unlimited = "unlimited";
