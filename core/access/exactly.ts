import * as z from "zod/mini";

/** One text and no other. zod's own literals, which take more kinds of values, weigh more than all of their uses here. */
export function exactly(text: string) {
  return z.string().check(z.refine((value) => value === text));
}
