import { admit, type AdmitOptions } from "./admit.ts";
import type { Decision } from "./decision.ts";

/** The part of Hono's context that is used here. */
export type HonoContext = {
  readonly set: (key: "license", decision: Decision) => void;
  readonly body: (body: string, status: 403 | 503, headers: Record<string, string>) => Response;
};

/** Hono: `app.use(licenseMiddleware({ gate, licenseId }))`; the decision is `context.get("license")`. */
export function licenseMiddleware<Context extends HonoContext>(options: AdmitOptions<Context>) {
  return async (context: Context, next: () => Promise<void>): Promise<Response | undefined> => {
    const { decision, refusal } = await admit(options, context);
    context.set("license", decision);
    if (refusal !== undefined) return context.body(refusal.body, refusal.status, { ...refusal.headers });
    await next();
    return undefined;
  };
}
