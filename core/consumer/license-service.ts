import { parsedJson } from "../base/parsed-json.ts";
import { requestText, requireUrl, type Fetch, type TextRequest } from "./request.ts";
import { causeAt, failureOf } from "./source.ts";
import { withinMs } from "./within.ts";

/** A machine that holds a seat of a full license. Its fingerprint is masked. */
export type SeatHolder = { readonly activationId: string; readonly fingerprint: string; readonly name: string | null; readonly lastSeenAt: string };

/** The codes of an application's decision for the service's refusals, by the codes of the service's problems. */
const codesOfProblems = {
  "license-revoked": "REVOKED",
  "license-suspended": "SUSPENDED",
  "license-expired": "EXPIRED",
  "license-not-started": "NOT_STARTED",
  "license-not-found": "NOT_FOUND",
  "activation-limit-reached": "ACTIVATION_LIMIT_REACHED",
  "trial-already-used": "TRIAL_ALREADY_USED",
  unauthenticated: "FORBIDDEN",
} as const;

/**
 * The result of a request. `refused`: a definite answer of the service itself. `failed`: there was no usable answer; `cause`
 * names the host and may be shown.
 */
export type Heard =
  | { readonly kind: "answered"; readonly body: unknown; readonly text: string }
  | { readonly kind: "refused"; readonly code: string; readonly detail: string; readonly holders?: readonly SeatHolder[] }
  | { readonly kind: "failed"; readonly problem: string; readonly cause: string };

export type LicenseService = {
  readonly activate: (seat: { readonly fingerprint: string; readonly name?: string | undefined; readonly replace?: string | undefined }) => Promise<Heard>;
  /** Asks about the license and the machine's seat, and extends the seat's lease. */
  readonly validate: (fingerprint: string) => Promise<Heard>;
  readonly file: (licenseId: string, of: { readonly fingerprint: string; readonly lifetime?: string | undefined }) => Promise<Heard>;
  /** The license file for every machine, which lasts as long as a certificate. */
  readonly certificate: (licenseId: string) => Promise<Heard>;
  readonly deactivate: (activationId: string) => Promise<Heard>;
  /** Ends requests under way. */
  readonly abort: () => void;
};

type ServiceOptions = { readonly url: string; readonly key: string; readonly timeoutMs: number; readonly fetch: Fetch | undefined };

/** A package ships nothing of `core/http`, which spells it too. */
const basePath = "/v1/api/licensing";
const bytesMax = 262_144;

/** The service's routes that a license's own key may call. Throws TypeError for an unusable address. No function rejects. */
export function licenseService({ url, key, timeoutMs, fetch }: ServiceOptions): LicenseService {
  requireUrl(url);
  const given = url.replace(/\/+$/, "");
  const base = new URL(given).pathname === "/" ? `${given}${basePath}` : given;
  const underWay = new Set<AbortController>();

  const send = async (path: string, { accept = "application/json", ...request }: Omit<TextRequest, "url" | "headers"> & { readonly accept?: string } = {}): Promise<Heard> => {
    const abort = new AbortController();
    underWay.add(abort);
    try {
      const headers = { authorization: `License ${key}`, accept, ...(request.body === undefined ? {} : { "content-type": "application/json" }) };
      const sent = () => requestText({ url: `${base}${path}`, headers, ...request }, { signal: abort.signal, bytesMax, fetch });
      return heard(base, await withinMs(timeoutMs, abort, sent));
    } catch (error) {
      const { code, cause = causeAt(base, "no answer in time") } = failureOf(error);
      return { kind: "failed", problem: code, cause };
    } finally {
      underWay.delete(abort);
    }
  };
  // Names that the package's build shortens elsewhere are quoted.
  const post = (path: string, body: object) => send(path, { body: JSON.stringify(body) });

  return {
    activate: ({ fingerprint, name, replace }) => post("/activations", { fingerprint, name, replace }),
    validate: (fingerprint) => post("/licenses/validate", { fingerprint, activate: false }),
    file: (licenseId, { fingerprint, lifetime }) => post(`/licenses/${licenseId}/file`, { fingerprint, "lifetime": lifetime }),
    certificate: (licenseId) => send(`/licenses/${licenseId}/certificate`, { accept: "application/x-license-file" }),
    deactivate: (activationId) => send(`/activations/${activationId}`, { method: "DELETE" }),
    abort: () => {
      for (const abort of underWay) abort.abort();
    },
  };
}

function heard(base: string, { status, text }: { readonly status: number; readonly text: string }): Heard {
  const body = parsedJson(text);
  if (status >= 200 && status < 300) return { kind: "answered", body, text };
  const { code, detail, holders } = Object(body) as { readonly code?: unknown; readonly detail?: unknown; readonly holders?: unknown };
  const known = typeof code === "string" && Object.hasOwn(codesOfProblems, code) ? codesOfProblems[code as keyof typeof codesOfProblems] : undefined;
  const said = typeof detail === "string" ? detail : "";
  if (known !== undefined) {
    return { kind: "refused", code: known, detail: said, ...(Array.isArray(holders) ? { holders: holders as readonly SeatHolder[] } : {}) };
  }
  return { kind: "failed", problem: typeof code === "string" ? code : "UNREACHABLE", cause: causeAt(base, `answered ${status}${said === "" ? "" : `, ${said}`}`) };
}
