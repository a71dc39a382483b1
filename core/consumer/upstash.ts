import { certificateKey } from "../certificate/address.ts";
import { refuseOthers, requireText } from "./options.ts";
import { requestText, requireUrl, type Fetch } from "./request.ts";
import { redisError } from "./redis-error.ts";
import { SourceError, type Source } from "./source.ts";

export type UpstashOptions = {
  /** `https://….upstash.io`. */
  readonly url: string;
  /** A read-only token is enough. */
  readonly token: string;
  readonly fetch?: Fetch | undefined;
};

const bytesMax = 65_536;

/**
 * Reads certificates from the service's Redis by Upstash's REST protocol: one request, one command. Throws TypeError for unusable
 * options.
 */
export function upstashSource({ url, token, fetch, ...others }: UpstashOptions): Source {
  requireUrl(url);
  requireText("token", token);
  refuseOthers(others);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const read: Source["read"] = async (licenseId, { signal }) => {
    const body = JSON.stringify(["ZRANGE", certificateKey(licenseId), "-1", "-1"]);
    const { status, text } = await requestText({ url, headers, body }, { signal, bytesMax, fetch });
    const { result, error } = parsed(text);
    const host = new URL(url).host;
    if (status === 401 || status === 403) throw new SourceError("FORBIDDEN", { cause: `${host}: answered ${status}`, from: "source" });
    if (typeof error === "string") throw redisError(error, host);
    // An answer without `result` is an outage, not a missing key.
    if (status !== 200 || !Array.isArray(result) || result.length > 1) {
      throw new SourceError("UNREACHABLE", { cause: `${host}: answered ${status}${status === 200 ? ", and not as Upstash does" : ""}`, from: "source" });
    }
    const [newest] = result as unknown[];
    if (newest !== undefined && typeof newest !== "string") throw new SourceError("MALFORMED");
    return newest;
  };
  return { format: "certificate", read };
}

function parsed(text: string): { readonly result?: unknown; readonly error?: unknown } {
  try {
    return Object(JSON.parse(text)) as object;
  } catch {
    // An answer that isn't JSON isn't Upstash's.
    return {};
  }
}
