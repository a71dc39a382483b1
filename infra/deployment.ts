import { readSettings } from "./settings.ts";
import { isPermanent } from "./stage.ts";

/** This deployment's settings. */
export const settings = readSettings(process.env, { isPermanent });
