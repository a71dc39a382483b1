import { certificateKey } from "../certificate/address.ts";
import { refuseOthers, requireText } from "./options.ts";
import { requestText, requireUrl, type Fetch } from "./request.ts";
import { SourceError, type Source, type SourceCode } from "./source.ts";

export type UpstashOptions = {
  /** `https://….upstash.io`. */
  readonly url: string;
  /** A read-only one is enough. */
  readonly token: string;
  readonly fetch?: Fetch | undefined;
};

const bytesMax = 65_536;

/** Certificates from the service's Redis by Upstash's REST protocol: one request, one command. Throws TypeError for options that can't be meant. */
export function upstashSource({ url, token, fetch, ...others }: UpstashOptions): Source {
  requireUrl(url);
  requireText("token", token);
  refuseOthers(others);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const read: Source["read"] = async (licenseId, { signal }) => {
    const body = JSON.stringify(["ZRANGE", certificateKey(licenseId), "-1", "-1"]);
    const reply = await requestText({ url, headers, body }, { signal, bytesMax, fetch });
    if (reply.status !== 200) throw new SourceError(codes[reply.status] ?? "UNREACHABLE");
    return newestOf(reply.text);
  };
  return { format: "certificate", read };
}

/** What Upstash refuses. By 400 Redis itself did: what is stored under this key isn't what we look for. */
const codes: Readonly<Record<number, SourceCode>> = { 400: "MALFORMED", 401: "FORBIDDEN", 403: "FORBIDDEN" };

/** An answer without `result` is an outage, not a miss. */
function newestOf(text: string): string | undefined {
  let result: unknown;
  try {
    ({ result } = JSON.parse(text) as { result?: unknown });
  } catch {
    // Not JSON, or null: no answer of Upstash's.
  }
  if (!Array.isArray(result) || result.length > 1) throw new SourceError("UNREACHABLE");
  const [newest] = result as unknown[];
  if (newest !== undefined && typeof newest !== "string") throw new SourceError("MALFORMED");
  return newest;
}
