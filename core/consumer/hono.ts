import { admitting, type AdmitOptions } from "./admit.ts";
import type { Decision } from "./decision.ts";

/** The part of Hono's context that is used here. */
export type HonoContext = {
  readonly req: { readonly header: (name: string) => string | undefined; readonly raw: object };
  /** Throws if the platform has none. */
  readonly executionCtx: { readonly waitUntil: (work: Promise<unknown>) => void };
  readonly set: (key: "license", decision: Decision) => void;
  readonly body: (body: string, status: 403 | 503, headers: Record<string, string>) => Response;
};

/**
 * Middleware for Hono: `app.use(licenseMiddleware({ gate, licenseId }))`. The decision is `context.get("license")`. Throws
 * TypeError for unusable options.
 */
export function licenseMiddleware<Context extends HonoContext>(options: AdmitOptions<Context>) {
  const admit = admitting(options, (context) => context.req.raw);
  return async (context: Context, next: () => Promise<void>): Promise<Response | undefined> => {
    const { decision, refusal } = await admit(context, { waitUntil: (work) => context.executionCtx.waitUntil(work) });
    context.set("license", decision);
    if (refusal !== undefined) return context.body(refusal.body, refusal.status, { ...refusal.headers });
    await next();
    return undefined;
  };
}
