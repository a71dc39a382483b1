/** RFC 5869 `info` of a license's key, before the license id: one key per license; a new format means new keys. */
export const payloadKeyInfo = "licensing/certificate/v1/";
export const payloadKeyBytes = 32;
