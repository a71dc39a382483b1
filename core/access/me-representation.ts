import * as z from "zod/mini";
import { permissions } from "./permission.ts";

const identity = { type: z.string(), id: z.string() };

/** The caller and its rights, as the API shows them. */
export const meRepresentation = z
  .strictObject({
    actor: z.strictObject(identity).check(z.meta({ description: "The caller, as events name it." })),
    roles: z.array(z.string()).check(z.meta({ description: "The caller's roles that this service knows." })),
    holders: z.array(z.strictObject(identity)).check(z.meta({ description: "The holders whose licenses are the caller's own." })),
    permissions: z
      .strictObject(Object.fromEntries(permissions.map((permission) => [permission, z.optional(z.enum(["all", "own"]))])))
      .check(z.meta({ description: "`all`: the permission holds for every license. `own`: it holds for the caller's own licenses. The caller lacks every permission that isn't listed." })),
  })
  .check(z.meta({ id: "Me" }));
