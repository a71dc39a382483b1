// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Body = Readonly<Record<string, any>> | undefined;

export type WalkAnswer = { readonly status: number; readonly body: Body; readonly request: string; readonly summary: string };
export type Client = (method: string, path: string, body?: unknown) => Promise<WalkAnswer>;

/** Calls the running service as any client would, and sums an answer up in a few words. */
export function createClient(origin: string, token: string): Client {
  return async (method, path, body) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = parse(text);
    return { status: response.status, body: parsed, request: `${method} ${path}`, summary: summarize(parsed) };
  };
}

function parse(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return undefined;
  }
}

function summarize(body: Body): string {
  if (body === undefined) return "";
  if (typeof body["code"] === "string") return body["code"] === "activation-limit-reached" ? `${body["code"]}: ${body["holders"]?.length ?? 0} holders named` : String(body["code"]);
  const license = body["license"];
  if (typeof license?.id === "string") return `license ${license.id}, ${license.status}, ${license.seatsUsed} of ${license.activationLimit} seats, certificate ${body["certificate"]?.state ?? ""}`;
  return typeof body["status"] === "string" ? String(body["status"]) : String(body["id"] ?? "");
}
