import { parsedJson } from "../base/parsed-json.ts";
import { beaconKey, certificateKey } from "../certificate/address.ts";
import { refuseOthers, requireText } from "./options.ts";
import { requestText, requireUrl, type Fetch } from "./request.ts";
import { redisError } from "./redis-error.ts";
import { causeAt, SourceError, type Source, type SourceCode } from "./source.ts";

export type UpstashOptions = {
  /** `https://….upstash.io`. */
  readonly url: string;
  /** A read-only token is enough. */
  readonly token: string;
  readonly fetch?: Fetch | undefined;
};

/** The longest certificate and the longest beacon fit, with room to spare. */
const bytesMax = 98_304;

/**
 * Reads certificates from the service's Redis by Upstash's REST protocol: one request, of one command or, with the beacon, of one
 * transaction. Throws TypeError for unusable options.
 */
export function upstashSource({ url, token, fetch, ...others }: UpstashOptions): Source {
  requireUrl(url);
  requireText("token", token);
  refuseOthers(others);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const transactionUrl = `${url.replace(/\/+$/, "")}/multi-exec`;
  const fault = (code: SourceCode, what: string): SourceError => new SourceError(code, { cause: causeAt(url, what), from: "source" });
  const read: Source["read"] = async (licenseId, { signal, withBeacon = false }) => {
    const newestOf = ["ZRANGE", certificateKey(licenseId), "-1", "-1"];
    const body = JSON.stringify(withBeacon ? [newestOf, ["GET", beaconKey]] : newestOf);
    const { status, text } = await requestText({ url: withBeacon ? transactionUrl : url, headers, body }, { signal, bytesMax, fetch });
    const [newest, beacon] = [parsedJson(text)].flat() as readonly unknown[];
    const { result, error } = Object(newest) as Answer;
    if (status === 401 || status === 403) throw fault("FORBIDDEN", `answered ${status}`);
    if (typeof error === "string") throw redisError(error, url);
    // An answer without `result` is an outage, not a missing key.
    if (status !== 200 || !Array.isArray(result) || result.length > 1) {
      throw fault("UNREACHABLE", `answered ${status}${status === 200 ? ", and not as Upstash does" : ""}`);
    }
    const [certificate] = result as unknown[];
    if (certificate !== undefined && typeof certificate !== "string") throw new SourceError("MALFORMED");
    // If Redis returns no beacon, there is none.
    return withBeacon ? { certificate, beacon: (Object(beacon) as Answer).result as string | undefined } : certificate;
  };
  return { format: "certificate", read, hasBeacon: true };
}

type Answer = { readonly result?: unknown; readonly error?: unknown };
