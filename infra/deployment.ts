import { readSettings } from "./settings.ts";

/** This deployment's settings. */
export const settings = readSettings($app.stage, process.env);

/** What only a permanent stage says; undefined elsewhere. */
export const permanent = "permanent" in settings ? settings.permanent : undefined;
