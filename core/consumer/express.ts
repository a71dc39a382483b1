import { admitting, type AdmitOptions } from "./admit.ts";
import type { Decision } from "./decision.ts";

/** The part of a response that the middleware uses. Node's own `ServerResponse` has it. */
export type ExpressResponse = {
  readonly writeHead: (status: number, headers: Record<string, string>) => unknown;
  readonly end: (body: string) => unknown;
};

/** A request after the middleware. */
export type WithLicense = { license?: Decision };

/**
 * Middleware for Express and other frameworks with `(request, response, next)`: `app.use(licenseMiddleware({ gate, licenseId
 * }))`. The decision is `request.license`. Throws TypeError for unusable options.
 */
export function licenseMiddleware<Request extends object>(options: AdmitOptions<Request>) {
  const admit = admitting(options);
  return async (request: Request & WithLicense, response: ExpressResponse, next: (error?: unknown) => void): Promise<void> => {
    try {
      const { decision, refusal } = await admit(request);
      request.license = decision;
      if (refusal === undefined) return next();
      response.writeHead(refusal.status, { ...refusal.headers });
      response.end(refusal.body);
    } catch (error) {
      next(error);
    }
  };
}
