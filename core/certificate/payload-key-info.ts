/** RFC 5869 `info` of a licence's key, before the licence id: one key per licence; a new format means new keys. */
export const payloadKeyInfo = "licensing/certificate/v1/";
export const payloadKeyBytes = 32;
