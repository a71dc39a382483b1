import { refuseOthers, requireText } from "./options.ts";
import { requestText, requireUrl, type Fetch } from "./request.ts";
import { SourceError, type Source } from "./source.ts";

export type HttpOptions = {
  /** The service's base, `https://licensing.example.com/v1/api/licensing`. */
  readonly url: string;
  /** The license key, for its own license; or what makes the value of `Authorization` for any. */
  readonly credential: string | ((licenseId: string) => string | Promise<string>);
  readonly fetch?: Fetch | undefined;
};

const bytesMax = 65_536;

/** Certificates from the service itself, for where its Redis can't be reached. Throws TypeError for options that can't be meant. */
export function httpSource({ url, credential, fetch, ...others }: HttpOptions): Source {
  requireUrl(url);
  if (typeof credential !== "function") requireText("credential", credential);
  refuseOthers(others);
  const base = url.replace(/\/+$/, "");
  const read: Source["read"] = async (licenseId, { signal }) => {
    const authorization = typeof credential === "string" ? `License ${credential}` : await credential(licenseId);
    const headers = { authorization, accept: "application/jose" };
    const reply = await requestText({ url: `${base}/licenses/${licenseId}/certificate`, headers }, { signal, bytesMax, fetch });
    switch (reply.status) {
      case 200:
        return reply.text;
      case 404:
        return undefined;
      case 401:
      case 403:
        throw new SourceError("FORBIDDEN");
      default:
        throw new SourceError("UNREACHABLE");
    }
  };
  return { format: "certificate", read };
}
