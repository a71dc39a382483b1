import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import http from "node:http";
import type { Route } from "../../routes.ts";
import { listen } from "../wire/loopback.ts";
import { matchRoute } from "./match-route.ts";
import type { Match } from "./match-route.ts";

/**
 * API Gateway v2 on loopback: HTTP in, payload-2.0 events to the functions of the route table, their answers out. It knows only the
 * table, and adds to a request only what the real gateway adds.
 */
export type Invoke = (route: Route, event: APIGatewayProxyEventV2, timeoutMs: number) => Promise<APIGatewayProxyStructuredResultV2>;
export type Gateway = { readonly origin: string; readonly port: number; readonly close: () => Promise<void> };

const bodyBytesMax = 10 * 1024 * 1024;
const integrationTimeoutMs = 30_000;
const headersBytesMax = 16 * 1024;

export async function startGateway(options: { readonly routes: readonly Route[]; readonly invoke: Invoke; readonly port: number }): Promise<Gateway> {
  const server = http.createServer({ maxHeaderSize: headersBytesMax, keepAliveTimeout: 60_000 }, (request, response) => {
    serve(request, options).then(
      (reply) => send(response, reply),
      (error: unknown) => {
        process.stderr.write(`gateway: ${request.method ?? ""} ${request.url ?? ""}: ${error instanceof Error ? (error.stack ?? error.message) : "failed"}\n`);
        send(response, plain(500, "Internal Server Error"));
      },
    );
  });
  const port = await listen(server, options.port);
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Reply = APIGatewayProxyStructuredResultV2 & { readonly statusCode: number };

async function serve(request: http.IncomingMessage, options: { routes: readonly Route[]; invoke: Invoke }): Promise<Reply> {
  const [rawPath = "/", rawQueryString = ""] = splitOnce(request.url ?? "/", "?");
  const match = matchRoute(options.routes, request.method ?? "GET", rawPath);
  if (match === undefined) return plain(404, "Not Found");
  const body = await readBody(request);
  if (body === undefined) return plain(413, "Request Entity Too Large");
  const event = eventOf(request, { match, rawPath, rawQueryString, body });
  const timeout = new Promise<Reply>((resolve) => {
    setTimeout(() => resolve(plain(503, "Service Unavailable")), integrationTimeoutMs).unref();
  });
  const result = await Promise.race([options.invoke(match.route, event, integrationTimeoutMs), timeout]);
  return { ...result, statusCode: result.statusCode ?? 200 };
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

async function readBody(request: http.IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

type Arrived = { readonly match: Match; readonly rawPath: string; readonly rawQueryString: string; readonly body: Buffer };

function eventOf(request: http.IncomingMessage, { match, rawPath, rawQueryString, body }: Arrived): APIGatewayProxyEventV2 {
  const method = request.method ?? "GET";
  const routeKey = match.route.path === "$default" ? "$default" : `${method} ${match.route.path}`;
  const headers = joinHeaders(request.rawHeaders);
  const query = joinQuery(rawQueryString);
  const text = isText(headers["content-type"]) && isUtf8(body);
  const cookies = headers["cookie"]?.split("; ");
  const now = new Date();
  return {
    version: "2.0",
    routeKey,
    rawPath,
    rawQueryString,
    ...(cookies === undefined ? {} : { cookies }),
    headers,
    ...(query === undefined ? {} : { queryStringParameters: query }),
    ...(Object.keys(match.parameters).length === 0 ? {} : { pathParameters: match.parameters }),
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      // A client may send an empty one; the deployed gateway always names itself.
      domainName: headers["host"] || "127.0.0.1",
      domainPrefix: "local",
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey,
      stage: "$default",
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(text ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !text,
  };
}

/** Lower-case names; repeated headers are joined by a comma, as API Gateway does. */
function joinHeaders(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase();
    const value = raw[index + 1] ?? "";
    headers[name] = headers[name] === undefined ? value : `${headers[name]}${name === "cookie" ? "; " : ","}${value}`;
  }
  return headers;
}

function joinQuery(raw: string): Record<string, string> | undefined {
  if (raw === "") return undefined;
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(raw)) {
    query[name] = query[name] === undefined ? value : `${query[name]},${value}`;
  }
  return query;
}

/** API Gateway passes these types on as text and everything else as base64. Invalid UTF-8 stays base64, since text would lose it. */
function isText(contentType: string | undefined): boolean {
  return contentType === undefined ? false : /^(text\/|application\/(json|javascript|xml|.*\+json|.*\+xml))/i.test(contentType);
}

function plain(statusCode: number, message: string): Reply {
  return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify({ message }) };
}

function send(response: http.ServerResponse, reply: Reply): void {
  const headers = Object.entries(reply.headers ?? {}).map(([name, value]) => [name, String(value)] as const);
  response.writeHead(reply.statusCode, Object.fromEntries(headers));
  response.end(reply.isBase64Encoded === true ? Buffer.from(reply.body ?? "", "base64") : reply.body);
}
