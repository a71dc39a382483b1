import { crossOrigin } from "@licensing/core/http/cross-origin.ts";
import { settings } from "./deployment.ts";
import { isProduction, logRetention } from "./stage.ts";

/**
 * The only HTTP API. Its routes are attached in api.ts; the settings of all routes are here.
 *
 * The throttle protects the account; it is not a caller's limit. The service limits callers by license, holder and principal
 * (core/http/limits.ts), and those limits must be reached first, or one principal's calls use up the throttle for all. In
 * production four principals that each use their whole limit fit in it. It is below AWS's quota for all HTTP APIs of a new
 * account together: 10 000 a second, in bursts of 5000. Public routes have the throttle alone. Other stages may share an account
 * with important services, so they have a small throttle.
 */
const throttle = isProduction ? { requestsPerSecond: 8000, requestsBurst: 4000 } : { requestsPerSecond: 500, requestsBurst: 1000 };

export const api = new sst.aws.ApiGatewayV2("Api", {
  ...(settings.domain === null ? {} : { domain: { name: settings.domain, dns: sst.aws.dns() } }),
  cors:
    settings.corsOrigins.length === 0
      ? false
      : {
          allowOrigins: [...settings.corsOrigins],
          // The service answers the same if the gateway leaves a preflight to it.
          allowMethods: [...crossOrigin.methods],
          allowHeaders: [...crossOrigin.requestHeaders],
          exposeHeaders: [...crossOrigin.exposedHeaders],
          allowCredentials: false,
          maxAge: `${crossOrigin.maxAgeSeconds} seconds`,
        },
  accessLog: { retention: logRetention },
  transform: {
    api: (args) => {
      // With a domain, the API's own address is disabled, so that settings of the domain can't be bypassed.
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
 * One JSON object a request. Only values that API Gateway itself makes: it doesn't escape, so that a path or user agent with a
 * quote in it would forge a line. Each is in quotes, numbers too: an absent value is written as a bare dash, so the line would be
 * no JSON.
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
