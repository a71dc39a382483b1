import type { Reply } from "./reply.ts";

/**
 * What a page of another origin may do: the gateway is told it, and the function that answers preflights in its place says
 * the same. Only for the origins that the stage names, and never with cookies.
 */
export const crossOrigin = {
  methods: ["GET", "POST", "PATCH", "DELETE"],
  requestHeaders: ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "traceparent", "x-request-id"],
  exposedHeaders: ["etag", "idempotent-replayed", "link", "location", "ratelimit", "ratelimit-policy", "retry-after", "x-certificate-state", "x-request-id", "x-response-count"],
  maxAgeSeconds: 3600,
} as const;

type Request = { readonly method: string; readonly header: (name: string) => string | undefined };

/**
 * The answer to a CORS preflight, which names an origin and the method that is to follow; undefined for any other request.
 * It is 204 on every path, so that it says nothing about addresses. Source: Fetch standard, "CORS-preflight fetch".
 */
export function preflightReply({ method, header }: Request, origins: readonly string[]): Reply | undefined {
  const origin = header("origin");
  if (method !== "OPTIONS" || origin === undefined || header("access-control-request-method") === undefined) return undefined;
  // A cache must not give one origin's answer to another.
  const vary = "origin, access-control-request-method, access-control-request-headers";
  if (!origins.includes(origin)) return { status: 204, headers: { vary } };
  return {
    status: 204,
    headers: {
      vary,
      "access-control-allow-origin": origin,
      "access-control-allow-methods": crossOrigin.methods.join(", "),
      "access-control-allow-headers": crossOrigin.requestHeaders.join(", "),
      "access-control-max-age": String(crossOrigin.maxAgeSeconds),
    },
  };
}
