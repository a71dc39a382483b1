import { readSettings } from "./settings.ts";
import { isPermanent, isProduction } from "./stage.ts";

/** This deployment's settings. */
export const settings = readSettings(process.env, { isPermanent, isProduction });
