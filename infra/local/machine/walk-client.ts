import { createClient, LicensingError } from "@licensing/core/client/client.ts";
import type { Client } from "@licensing/core/client/client.ts";

/** The last request and the status of its answer. */
type Exchange = { readonly request: string; readonly status: number };
export type WalkClient = { readonly client: Client; readonly last: () => Exchange };

/** A back end's usual client of the running service, which repeats no request and remembers the last exchange. */
export function createWalkClient(url: string, token: string): WalkClient {
  let last: Exchange = { request: "", status: 0 };
  const client = createClient({
    url,
    credentials: () => ({ token }),
    retries: { attemptsMax: 1 },
    world: {
      fetch: async (request) => {
        const response = await fetch(request);
        last = { request: `${request.method} ${new URL(request.url).pathname}`, status: response.status };
        return response;
      },
    },
  });
  return { client, last: () => last };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Body = Readonly<Record<string, any>>;

/** An answer or a refusal in a few words. */
export function summaryOf(answer: unknown): string {
  if (answer instanceof LicensingError) return answer.code === "activation-limit-reached" ? `${answer.code}: ${answer.problem?.holders?.length ?? 0} holders named` : answer.code;
  if (answer === undefined) return "";
  const body = answer as Body;
  const license = body["license"];
  if (typeof license?.id === "string") return `license ${license.id}, ${license.status}, ${license.seatsUsed} of ${license.activationLimit} seats, certificate ${body["certificate"]?.state ?? ""}`;
  return typeof body["status"] === "string" ? String(body["status"]) : String(body["id"] ?? "");
}
