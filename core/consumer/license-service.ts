import { isRecord, parsedJson } from "../base/parsed-json.ts";
import { readArmour } from "../certificate/armour.ts";
import type { License } from "./decision.ts";
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

/** The members of the service's answers that are used here. */
export type ServedLicense = Pick<License, "policy" | "holder" | "features" | "activationLimit" | "startsAt" | "expiresAt" | "graceUntil" | "maintenanceUntil"> & { readonly id: string };
type ServedSeat = { readonly id: string; readonly leaseUntil: string | null };
type Validation =
  | { readonly valid: false; readonly code: string; readonly detail: string }
  | { readonly valid: true; readonly license: ServedLicense; readonly activation?: ServedSeat; readonly asOf: string };
type Activated = { readonly license: ServedLicense; readonly activation: ServedSeat & { readonly lastSeenAt: string } };

/**
 * The result of a request. `refused`: a definite answer of the service itself. `failed`: there was no usable answer, or another
 * server's; `cause` names the host and may be shown.
 */
export type Heard<Body> =
  | { readonly kind: "answered"; readonly body: Body }
  | { readonly kind: "refused"; readonly code: string; readonly detail: string; readonly holders?: readonly SeatHolder[] }
  | { readonly kind: "failed"; readonly problem: string; readonly cause: string };

export type LicenseService = {
  readonly activate: (seat: { readonly fingerprint: string; readonly name?: string | undefined; readonly replace?: string | undefined }) => Promise<Heard<Activated>>;
  /** Asks about the license and the machine's seat, and extends the seat's lease. */
  readonly validate: (fingerprint: string) => Promise<Heard<Validation>>;
  /** A license file, in its armour. */
  readonly file: (licenseId: string, of: { readonly fingerprint: string; readonly lifetime?: string | undefined }) => Promise<Heard<string>>;
  /** The license file for every machine, which lasts as long as a certificate. */
  readonly certificate: (licenseId: string) => Promise<Heard<string>>;
  readonly deactivate: (activationId: string) => Promise<Heard<"freed">>;
  /** Ends requests under way. */
  readonly abort: () => void;
};

type Received = { readonly status: number; readonly text: string; readonly body: unknown };
/** The service's answer; undefined: another server's. */
type Read<Body> = (received: Received) => Body | undefined;
type Asked = Omit<TextRequest, "url" | "headers"> & { readonly accept?: string };

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

  const send = async <Body>(path: string, { accept = "application/json", ...request }: Asked, read: Read<Body>): Promise<Heard<Body>> => {
    const abort = new AbortController();
    underWay.add(abort);
    try {
      const headers = { authorization: `License ${key}`, accept, ...(request.body === undefined ? {} : { "content-type": "application/json" }) };
      const sent = () => requestText({ url: `${base}${path}`, headers, ...request }, { signal: abort.signal, bytesMax, fetch });
      return heard(base, await withinMs(timeoutMs, abort, sent), read);
    } catch (error) {
      const { code, cause = causeAt(base, "no answer in time") } = failureOf(error);
      return { kind: "failed", problem: code, cause };
    } finally {
      underWay.delete(abort);
    }
  };
  // Names that the package's build shortens elsewhere are quoted.
  const post = <Body>(path: string, body: object, read: Read<Body>) => send(path, { body: JSON.stringify(body) }, read);

  return {
    activate: ({ fingerprint, name, replace }) => post("/activations", { fingerprint, name, replace }, ({ body }) => (isActivated(body) ? body : undefined)),
    validate: (fingerprint) => post("/licenses/validate", { fingerprint, activate: false }, ({ body }) => (isValidation(body) ? body : undefined)),
    file: (licenseId, { fingerprint, lifetime }) => post(`/licenses/${licenseId}/file`, { fingerprint, "lifetime": lifetime }, ({ body }) => fileIn(isRecord(body) ? body["file"] : undefined)),
    certificate: (licenseId) => send(`/licenses/${licenseId}/certificate`, { accept: "application/x-license-file" }, ({ text }) => fileIn(text)),
    deactivate: (activationId) => send(`/activations/${activationId}`, { method: "DELETE" }, ({ status }) => (status === 204 ? "freed" : undefined)),
    abort: () => {
      for (const abort of underWay) abort.abort();
    },
  };
}

function heard<Body>(base: string, { status, text }: Omit<Received, "body">, read: Read<Body>): Heard<Body> {
  const body = parsedJson(text);
  const isSuccess = status >= 200 && status < 300;
  const answer = isSuccess ? read({ status, text, body }) : undefined;
  if (answer !== undefined) return { kind: "answered", body: answer };
  if (isSuccess || !isProblem(body, status)) return { kind: "failed", problem: "UNREACHABLE", cause: causeAt(base, `answered ${status}, and not as the service does`) };
  const { code, detail, holders } = body;
  const known = Object.hasOwn(codesOfProblems, code) ? codesOfProblems[code as keyof typeof codesOfProblems] : undefined;
  const said = typeof detail === "string" ? detail : "";
  if (known !== undefined) {
    return { kind: "refused", code: known, detail: said, ...(Array.isArray(holders) ? { holders: holders as readonly SeatHolder[] } : {}) };
  }
  return { kind: "failed", problem: code, cause: causeAt(base, `answered ${status}${said === "" ? "" : `, ${said}`}`) };
}

/** Whether an answer is a problem document of the service. Other servers have codes of the same names. */
function isProblem(body: unknown, status: number): body is Readonly<Record<string, unknown>> & { readonly code: string } {
  return isRecord(body) && typeof body["code"] === "string" && typeof body["title"] === "string" && body["status"] === status;
}

function isValidation(body: unknown): body is Validation {
  if (!isRecord(body) || typeof body["code"] !== "string" || typeof body["detail"] !== "string") return false;
  const { license, activation, asOf } = body;
  if (body["valid"] !== true) return body["valid"] === false;
  return isLicense(license) && (activation === undefined || isSeat(activation)) && isInstant(asOf);
}

function isActivated(body: unknown): body is Activated {
  return isRecord(body) && isLicense(body["license"]) && isSeat(body["activation"]) && isInstant(body["activation"]["lastSeenAt"]);
}

/** Whether it has the members that are read further. A member that is missing otherwise only counts as changed. */
function isLicense(license: unknown): boolean {
  return isRecord(license) && typeof license["id"] === "string" && isRecord(license["holder"]) && isRecord(license["features"]);
}

function isSeat(seat: unknown): seat is Readonly<Record<string, unknown>> {
  return isRecord(seat) && typeof seat["id"] === "string" && (seat["leaseUntil"] === null || isInstant(seat["leaseUntil"]));
}

function isInstant(text: unknown): boolean {
  return typeof text === "string" && !Number.isNaN(Date.parse(text));
}

function fileIn(text: unknown): string | undefined {
  return typeof text === "string" && readArmour(text).ok ? text : undefined;
}
