import { admitting, type AdmitOptions } from "./admit.ts";
import type { Decision } from "./decision.ts";

/** An answer as API Gateway expects it. */
export type LambdaRefusal = { readonly statusCode: number; readonly headers: Record<string, string>; readonly body: string };

/**
 * Wraps a handler of Lambda behind an HTTP API, a REST API or a load balancer: `export const handler = licenseMiddleware({ gate,
 * licenseId })(async (event, context, license) => …)`. Make the gate outside the handler, so that it lives as long as the
 * instance. Throws TypeError for unusable options.
 */
export function licenseMiddleware<Event>(options: AdmitOptions<Event>) {
  const admit = admitting(options);
  return <Context, Result>(handler: (event: Event, context: Context, license: Decision) => Promise<Result>) =>
    async (event: Event, context: Context): Promise<Result | LambdaRefusal> => {
      const { decision, refusal } = await admit(event);
      if (refusal === undefined) return handler(event, context, decision);
      return { statusCode: refusal.status, headers: { ...refusal.headers }, body: refusal.body };
    };
}
