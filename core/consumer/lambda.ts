import { admitting, type AdmitOptions } from "./admit.ts";
import type { Decision } from "./decision.ts";

/** An answer as API Gateway expects it. */
export type LambdaRefusal = { readonly statusCode: number; readonly headers: Record<string, string>; readonly body: string };

/**
 * A copy of an event whose header names are lower-case, with several values of one name joined by a comma. API Gateway and load
 * balancers pass names as the client spelled them, and all values only in `multiValueHeaders`.
 */
function withJoinedHeaders<Event>(event: Event): Event {
  const { headers, multiValueHeaders } = Object(event) as { headers?: unknown; multiValueHeaders?: unknown };
  return { ...event, headers: { ...joined(headers), ...joined(multiValueHeaders) } };
}

function joined(headers: unknown): Readonly<Record<string, string>> {
  const values = new Map<string, unknown[]>();
  for (const [name, found] of Object.entries(Object(headers) as object)) {
    values.set(name.toLowerCase(), [values.get(name.toLowerCase()) ?? [], found].flat(2));
  }
  return Object.fromEntries([...values].map(([name, found]) => [name, found.join(",")]));
}

/**
 * Wraps a handler of Lambda behind an HTTP API, a REST API or a load balancer: `export const handler = licenseMiddleware({ gate,
 * licenseId })(async (event, context, license) => …)`. Functions for `licenseId` and `fingerprint` get the event with lower-case
 * header names, and several values of one name joined by a comma. Make the gate outside the handler, so that it lives as long as
 * the instance. Throws TypeError for unusable options.
 */
export function licenseMiddleware<Event>(options: AdmitOptions<Event>) {
  const admit = admitting(options);
  return <Context, Result>(handler: (event: Event, context: Context, license: Decision) => Promise<Result>) =>
    async (event: Event, context: Context): Promise<Result | LambdaRefusal> => {
      const { decision, refusal } = await admit(withJoinedHeaders(event));
      if (refusal === undefined) return handler(event, context, decision);
      return { statusCode: refusal.status, headers: { ...refusal.headers }, body: refusal.body };
    };
}
