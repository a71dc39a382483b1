import type { Reply } from "./reply.ts";

/**
 * The permissions of a page of another origin. The gateway gets them as its settings, and the function that answers preflights in
 * its place uses the same. They hold only for the stage's listed origins, and never include cookies.
 */
export const crossOrigin = {
  methods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
  requestHeaders: ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "traceparent", "x-request-id"],
  exposedHeaders: [
    "content-disposition", "etag", "idempotent-replayed", "link", "location", "ratelimit", "ratelimit-policy", "retry-after", "www-authenticate",
    "x-certificate-state", "x-files-until", "x-request-id", "x-response-count",
  ],
  maxAgeSeconds: 3600,
} as const;

type Request = { readonly method: string; readonly header: (name: string) => string | undefined };

/**
 * The answer to a CORS preflight, a request that names an origin and the intended method; undefined for any other request. It is
 * 204 on every path, so that it reveals nothing about addresses. Source: Fetch standard, "CORS-preflight fetch".
 */
export function preflightReply({ method, header }: Request, origins: readonly string[]): Reply | undefined {
  const origin = header("origin");
  if (method !== "OPTIONS" || origin === undefined || header("access-control-request-method") === undefined) return undefined;
  // A cache must not return one origin's answer to another.
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
