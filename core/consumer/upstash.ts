import { certificateKey } from "../certificate/address.ts";
import { requestText, type Fetch } from "./request.ts";
import { SourceError, type Source } from "./source.ts";

export type UpstashOptions = {
  /** `https://….upstash.io`. */
  readonly url: string;
  /** A read-only one is enough. */
  readonly token: string;
  readonly fetch?: Fetch | undefined;
};

const bytesMax = 65_536;

/** Certificates from the service's Redis by Upstash's REST protocol: one request, one command. */
export function upstashSource({ url, token, fetch }: UpstashOptions): Source {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const read: Source["read"] = async (licenseId, { signal }) => {
    const body = JSON.stringify(["ZRANGE", certificateKey(licenseId), "-1", "-1"]);
    const reply = await requestText({ url, headers, body }, { signal, bytesMax, fetch });
    if (reply.status === 401 || reply.status === 403) throw new SourceError("FORBIDDEN");
    // Redis itself refused: what is stored under this key isn't what we look for.
    if (reply.status === 400) throw new SourceError("MALFORMED");
    if (reply.status !== 200) throw new SourceError("UNREACHABLE");
    return newestOf(resultOf(reply.text));
  };
  return { format: "certificate", read };
}

/** An answer without `result` is an outage, not a miss. */
function resultOf(text: string): unknown {
  try {
    const { result } = JSON.parse(text) as { result?: unknown };
    if (result !== undefined) return result;
  } catch {
    // Not JSON, or null: no answer of Upstash's.
  }
  throw new SourceError("UNREACHABLE");
}

function newestOf(result: unknown): string | undefined {
  if (!Array.isArray(result) || result.length > 1) throw new SourceError("UNREACHABLE");
  const [newest] = result as unknown[];
  if (newest !== undefined && typeof newest !== "string") throw new SourceError("MALFORMED");
  return newest;
}
