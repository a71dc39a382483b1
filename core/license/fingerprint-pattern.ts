/** What a machine's fingerprint looks like. Apart from its schema, so that consumers need no schema. */
export const fingerprintPattern = /^[A-Za-z0-9._:+/=-]{8,256}$/;
