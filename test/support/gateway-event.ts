import type { APIGatewayProxyEventV2 } from "aws-lambda";

export type RequestParts = {
  /** API Gateway's name of the route: `POST /things/{id}`. */
  readonly routeKey: string;
  readonly path?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON with its content type, text unchanged, and bytes in base64, as the gateway does. */
  readonly body?: unknown;
  readonly address?: string;
};

/** A request as API Gateway hands it to a function: payload format 2.0, header names in lower case. */
export function gatewayEvent(parts: RequestParts): APIGatewayProxyEventV2 {
  const [method = "", template = ""] = parts.routeKey.split(" ");
  const params = parts.params ?? {};
  const path = parts.path ?? template.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? "");
  const isBytes = parts.body instanceof Uint8Array;
  const isJson = parts.body !== undefined && !isBytes && typeof parts.body !== "string";
  const body = isBytes ? Buffer.from(parts.body).toString("base64") : isJson ? JSON.stringify(parts.body) : (parts.body as string | undefined);
  return {
    version: "2.0",
    routeKey: parts.routeKey,
    rawPath: path,
    rawQueryString: parts.query ?? "",
    headers: { ...(parts.body === undefined ? {} : { "content-type": "application/json" }), ...parts.headers },
    ...(Object.keys(params).length === 0 ? {} : { pathParameters: { ...params } }),
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: isBytes,
    requestContext: {
      accountId: "local",
      apiId: "local",
      domainName: "localhost",
      domainPrefix: "localhost",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: parts.address ?? "192.0.2.1", userAgent: "test" },
      requestId: "gateway",
      routeKey: parts.routeKey,
      stage: "$default",
      time: "23/Nov/2026:12:00:00 +0000",
      timeEpoch: Date.UTC(2026, 10, 23, 12),
    },
  };
}
