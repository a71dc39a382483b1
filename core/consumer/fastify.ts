import { admitting, type AdmitOptions } from "./admit.ts";
import type { Decision } from "./decision.ts";

/** The part of Fastify's reply that is used here. */
export type FastifyReply = {
  readonly code: (status: number) => unknown;
  readonly headers: (headers: Record<string, string>) => unknown;
  readonly send: (body: string) => unknown;
};

/** A request after the hook. */
export type WithLicense = { license?: Decision };

/**
 * A hook for Fastify: `app.addHook("onRequest", licenseMiddleware({ gate, licenseId }))`. The decision is `request.license`.
 * Throws TypeError for unusable options.
 */
export function licenseMiddleware<Request extends object>(options: AdmitOptions<Request>) {
  const admit = admitting(options);
  return async (request: Request & WithLicense, reply: FastifyReply): Promise<unknown> => {
    const { decision, refusal } = await admit(request);
    request.license = decision;
    if (refusal === undefined) return undefined;
    reply.code(refusal.status);
    reply.headers({ ...refusal.headers });
    return reply.send(refusal.body);
  };
}
