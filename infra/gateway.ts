import { crossOrigin } from "@licensing/core/http/cross-origin.ts";
import { settings } from "./deployment.ts";
import { isProduction, logRetention } from "./stage.ts";

/**
 * The one HTTP API. Its routes are attached in api.ts; here is what holds for all of them.
 *
 * Throttling is the account's fuse, not a customer's limit: those are per license, principal and address, in the service
 * (core/http/limits.ts), for well-formed validations, and must come first, or one address's validations use up what is
 * there for all. In production four fit that each use the whole of theirs, within what AWS gives a new account for all its
 * HTTP APIs together: 10 000 a second, in bursts of 5000. Other routes have this fuse alone; who means harm meets it, or
 * what is put before the gateway. Other stages may share an account with something that matters, and keep a small fuse.
 */
const throttle = isProduction ? { requestsPerSecond: 8000, requestsBurst: 4000 } : { requestsPerSecond: 500, requestsBurst: 1000 };

export const api = new sst.aws.ApiGatewayV2("Api", {
  ...(settings.domain === null ? {} : { domain: { name: settings.domain, dns: sst.aws.dns() } }),
  cors:
    settings.corsOrigins.length === 0
      ? false
      : {
          allowOrigins: [...settings.corsOrigins],
          // Said by the service as well, where the gateway leaves a preflight to it.
          allowMethods: [...crossOrigin.methods],
          allowHeaders: [...crossOrigin.requestHeaders],
          exposeHeaders: [...crossOrigin.exposedHeaders],
          allowCredentials: false,
          maxAge: `${crossOrigin.maxAgeSeconds} seconds`,
        },
  accessLog: { retention: logRetention },
  transform: {
    api: (args) => {
      // With a domain there is one way in: what is set up at the domain can't be walked around.
      args.disableExecuteApiEndpoint = settings.domain !== null;
    },
    logGroup: (args) => {
      args.name = `/aws/vendedlogs/apis/${$app.name}-${$app.stage}`;
    },
    stage: (args) => {
      args.defaultRouteSettings = {
        throttlingRateLimit: throttle.requestsPerSecond,
        throttlingBurstLimit: throttle.requestsBurst,
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
  settings.domain === null ? api.nodes.api.apiEndpoint : `https://${settings.domain}`;

/**
 * One JSON object a request. Only values that API Gateway itself makes: it doesn't escape, so that a path or user agent
 * with a quote in it would forge a line. Each is in quotes, numbers too: what is absent reads as a bare dash, and the
 * line would be no JSON.
 */
function accessLogFormat(): string {
  return JSON.stringify({
    requestId: "$context.requestId",
    functionRequestId: "$context.integration.requestId",
    requestTime: "$context.requestTime",
    ip: "$context.identity.sourceIp",
    method: "$context.httpMethod",
    route: "$context.routeKey",
    status: "$context.status",
    responseBytes: "$context.responseLength",
    responseMs: "$context.responseLatency",
    functionStatus: "$context.integration.status",
    functionMs: "$context.integration.latency",
    gatewayError: "$context.error.responseType",
  });
}
