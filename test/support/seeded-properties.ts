import fc from "fast-check";

/**
 * Property tests import this first. The short form tries the same cases each time, so that no change is refused for a case that has
 * nothing to do with it. The long form tries others each time; a failure prints the seed, with which it can be repeated.
 */
if (process.env["LICENSING_PROVE"] !== "long") fc.configureGlobal({ seed: 20_261_130 });
