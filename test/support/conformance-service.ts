import http from "node:http";
import { basePath } from "@licensing/core/http/address.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { summarize } from "@licensing/core/statistics/summarize.job.ts";
import { startService as startOnServers } from "./service.ts";

export type SendOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; text and bytes are sent unchanged. */
  readonly body?: unknown;
};
export type JsonReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Empty unless the answer is a JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
};

export type Service = {
  readonly origin: string;
  /** The code of a policy with a duration and five seats. */
  readonly policy: string;
  /** The administrator's credential, sent unless a request names its own. */
  readonly admin: string;
  /** A bearer credential for any subject and role. */
  readonly bearer: (who: { readonly sub: string; readonly roles?: readonly string[] }) => Promise<string>;
  /** A name that is unique in this service. */
  readonly unique: (prefix: string) => string;
  /** Sends a request below the base path (or to the path itself, if it starts so), as the administrator. */
  readonly send: (method: string, path: string, options?: SendOptions) => Promise<JsonReply>;
  readonly lines: readonly string[];
};

/** Starts the service on the run's PostgreSQL and Redis, with one policy, and runs three scheduled jobs once. It stops after the file. */
export async function startService(): Promise<Service> {
  const { origin, runtime, issuer, printed: lines } = await startOnServers();
  await checkKeys(runtime);
  await reconcile(runtime);
  await summarize(runtime);
  const bearer = async (who: { readonly sub: string; readonly roles?: readonly string[] }) => `Bearer ${await issuer.mint(who)}`;
  const admin = await bearer({ sub: "root", roles: ["licensing-admin"] });
  let count = 0;
  const service: Service = {
    origin,
    policy: "conformance",
    admin,
    bearer,
    unique: (prefix) => `${prefix}-${(count += 1)}`,
    send: (method, path, options = {}) => {
      const address = path.startsWith("/v1/") || /^\/(healthz|readyz)/.test(path) ? path : `${basePath}${path}`;
      return request(`${origin}${address}`, method, { ...options, headers: { authorization: admin, ...options.headers } });
    },
    lines,
  };
  const created = await service.send("POST", "/policies", { body: { code: service.policy, name: "Conformance", duration: "P1Y", activationLimit: 5, meters: { exports: { limit: 1_000_000, period: "P1M" } } } });
  if (created.status !== 201) throw new Error(`the policy wasn't made: ${created.text}`);
  return service;
}

/** Sends a request unchanged: nothing is normalized, and a header with an empty value is left out. */
function request(url: string, method: string, { headers = {}, body }: SendOptions): Promise<JsonReply> {
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  const content = body === undefined ? undefined : isRaw ? body : JSON.stringify(body);
  const sent = { ...(content === undefined ? {} : { "content-type": "application/json", "content-length": String(Buffer.byteLength(content)) }), ...headers };
  const present = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== ""));
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, { method, headers: present }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers as Record<string, string>, text, body: objectFrom(text) });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(content);
  });
}

function objectFrom(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
