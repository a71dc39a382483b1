import en from "zod/v4/locales/en.js";

/**
 * zod's English messages, which `zod/mini` leaves out (it only says "Invalid input"). Pass them to a parse whose faults are
 * shown: `safeParse(value, { error: english })`. A schema's own `error` has precedence.
 */
export const english = en().localeError;
