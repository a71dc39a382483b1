import { readSettings } from "./settings.ts";

/** This deployment's settings. */
export const settings = readSettings($app.stage, process.env);

/** The row of a permanent stage; undefined in others. */
export const permanent = "permanent" in settings ? settings.permanent : undefined;
