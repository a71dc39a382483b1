/** The form of a machine's fingerprint. Separate from its schema, so that consumers don't load zod. */
export const fingerprintPattern = /^[A-Za-z0-9._:+/=-]{8,256}$/;
