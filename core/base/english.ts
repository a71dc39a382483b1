import en from "zod/v4/locales/en.js";

/**
 * zod's own texts, which `zod/mini` comes without ("Invalid input" is all that it says). For a parse whose faults somebody
 * reads: `safeParse(value, { error: english })`. A schema's own `error` comes first.
 */
export const english = en().localeError;
