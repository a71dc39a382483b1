import { parsedJson } from "../base/parsed-json.ts";
import { refuseOthers, requireText } from "./options.ts";
import { requestText, requireUrl, type Fetch } from "./request.ts";
import { causeAt, SourceError, type Reading, type Source } from "./source.ts";

export type HttpOptions = {
  /** The service's base address, `https://licensing.example.com/v1/api/licensing`. */
  readonly url: string;
  /** The license key, for its own license; or a function that returns the `Authorization` header for any license. */
  readonly credential: string | ((licenseId: string) => string | Promise<string>);
  readonly fetch?: Fetch | undefined;
};

const bytesMax = 65_536;

/** Reads certificates from the service itself, for consumers that can't reach its Redis. Throws TypeError for unusable options. */
export function httpSource({ url, credential, fetch, ...others }: HttpOptions): Source {
  requireUrl(url);
  if (typeof credential !== "function") requireText("credential", credential);
  refuseOthers(others);
  const base = url.replace(/\/+$/, "");
  const read: Source["read"] = async (licenseId, { signal }) => {
    const authorization = typeof credential === "string" ? `License ${credential}` : await credential(licenseId);
    const headers = { authorization, accept: "application/jose" };
    const { status, text } = await requestText({ url: `${base}/licenses/${licenseId}/certificate`, headers }, { signal, bytesMax, fetch });
    if (status === 200) return text;
    if (status === 404 && isNotFound(text)) return { certificate: undefined, isNotFound: true } satisfies Reading;
    const isRefusal = status === 401 || status === 403;
    // If each license has a credential, a refused one is a fault of that license only.
    const from = isRefusal && typeof credential === "function" ? "license" : "source";
    const cause = causeAt(url, status === 404 ? "answered 404, and not as the service does: is url its base?" : `answered ${status}`);
    throw new SourceError(isRefusal ? "FORBIDDEN" : "UNREACHABLE", { cause, from });
  };
  return { format: "certificate", read };
}

/** Whether a 404 is the service's own answer about the license. Any other 404 comes from a wrong address. */
function isNotFound(text: string): boolean {
  return (parsedJson(text) as { code?: unknown } | null | undefined)?.code === "license-not-found";
}
