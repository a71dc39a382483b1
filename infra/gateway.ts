import { settings } from "./deployment.ts";
import { logRetention } from "./stage.ts";

/**
 * The one HTTP API. Its routes are attached in api.ts; here is what holds for all of them.
 *
 * Throttling is the account's fuse, not a customer's limit: those are per key, principal and address, in the service.
 */
const requestsPerSecond = 500;
const requestsBurst = 1000;

export const api = new sst.aws.ApiGatewayV2("Api", {
  ...(settings.domain === undefined ? {} : { domain: { name: settings.domain, dns: sst.aws.dns() } }),
  cors:
    settings.corsOrigins.length === 0
      ? false
      : {
          allowOrigins: [...settings.corsOrigins],
          allowMethods: ["GET", "POST", "PATCH", "DELETE"],
          allowHeaders: ["authorization", "content-type", "idempotency-key", "if-match", "traceparent", "x-request-id"],
          exposeHeaders: ["etag", "idempotent-replayed", "link", "location", "ratelimit", "ratelimit-policy", "retry-after", "x-certificate-state", "x-request-id", "x-response-count"],
          allowCredentials: false,
          maxAge: "1 hour",
        },
  accessLog: { retention: logRetention },
  transform: {
    api: (args) => {
      // With a domain there is one way in: what is set up at the domain can't be walked around.
      args.disableExecuteApiEndpoint = settings.domain !== undefined;
    },
    stage: (args) => {
      args.defaultRouteSettings = {
        throttlingRateLimit: requestsPerSecond,
        throttlingBurstLimit: requestsBurst,
        // Per-route metrics are billed as custom ones; the functions' own metrics say the same.
        detailedMetricsEnabled: false,
      };
      args.accessLogSettings = $util.output(args.accessLogSettings).apply((settings) => ({
        destinationArn: settings?.destinationArn ?? "",
        format: accessLogFormat(),
      }));
    },
  },
});

/** Where the service is reached, without a trailing slash. */
export const publicUrl: $util.Input<string> =
  settings.domain === undefined ? api.nodes.api.apiEndpoint : `https://${settings.domain}`;

/**
 * One JSON object a request. Only values that API Gateway itself makes: it doesn't escape, so that a path or user agent
 * with a quote in it would forge a line. Numbers that may be absent ("-") stay in quotes, or the line isn't JSON.
 */
function accessLogFormat(): string {
  const quoted = {
    requestId: "$context.requestId",
    functionRequestId: "$context.integration.requestId",
    requestTime: "$context.requestTime",
    ip: "$context.identity.sourceIp",
    method: "$context.httpMethod",
    route: "$context.routeKey",
    functionStatus: "$context.integration.status",
    functionMs: "$context.integration.latency",
  };
  const bare = {
    status: "$context.status",
    responseBytes: "$context.responseLength",
    responseMs: "$context.responseLatency",
    // Comes with its own quotes.
    gatewayError: "$context.error.messageString",
  };
  const members = [
    ...Object.entries(quoted).map(([name, value]) => `"${name}":"${value}"`),
    ...Object.entries(bare).map(([name, value]) => `"${name}":${value}`),
  ];
  return `{${members.join(",")}}`;
}
