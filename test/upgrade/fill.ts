import { basePath } from "@licensing/core/http/address.ts";

/** Rejects unless the service answers with one of these statuses; default: any success. */
export type Call = (method: string, path: string, options?: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>>; readonly statuses?: readonly number[] }) => Promise<Reply>;
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Reply = { readonly status: number; readonly text: string; readonly body: any };

/** A license of the fixture, named for its state. */
export type Filled = { readonly label: string; readonly id: string; readonly key: string };

/** A change that was sent with an `Idempotency-Key`, and its answer. */
export type Sent = { readonly method: string; readonly path: string; readonly body: unknown; readonly idempotencyKey: string; readonly status: number; readonly answer: unknown };

const sendsMax = 20;

/** Calls the service with this token, again while it is answered 503: on a busy machine one of its stores may be late. */
export function callerOf(origin: string, token: string): Call {
  const send: Call = async (method, path, { body, headers = {} } = {}) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get("content-type") ?? "").includes("json");
    return { status: response.status, text, body: isJson ? (JSON.parse(text) as unknown) : undefined };
  };
  return async (method, path, options = {}) => {
    const { statuses } = options;
    for (let sends = 1; ; sends += 1) {
      const reply = await send(method, path, options);
      if (statuses === undefined ? reply.status < 300 : statuses.includes(reply.status)) return reply;
      if (reply.status !== 503 || sends === sendsMax) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
}

const dayMs = 86_400_000;

const policies = [
  { code: "perpetual", name: "Perpetual" },
  { code: "yearly", name: "Yearly", duration: "P1Y", grace: "P30D", activationLimit: 3, features: { sso: true, "projects-max": 10 } },
  { code: "monthly", name: "Monthly", duration: "P30D", grace: "P7D", activationLimit: 2 },
  { code: "floating", name: "Floating", lease: "PT1H", activationLimit: 2 },
  { code: "evicting", name: "Evicting", onFull: "evict-oldest-idle", minimumIdle: null, activationLimit: 2 },
  { code: "from-first", name: "From the first activation", duration: "P1Y", expirationBasis: "from-first-activation", activationLimit: 2 },
  { code: "trial", name: "Trial", duration: "P14D", trial: true, activationLimit: 1, keyPrefix: "TRY" },
  { code: "bound", name: "Bound to machines", fingerprintRequired: true, activationLimit: 2 },
  { code: "gone", name: "No longer sold", description: "Retired, with a license." },
] as const;

/** A machine's fingerprint. */
export const machine = (name: string): string => `machine-of-${name}`;

export type Filling = {
  readonly call: Call;
  readonly now: () => Date;
  readonly filled: Filled[];
  readonly sent: Sent[];
};

/** The days after a vendor began, forty days before the upgrade: licenses that have become old since. */
export async function fillEarly(filling: Filling): Promise<void> {
  const { call } = filling;
  for (const policy of policies) await call("POST", `${basePath}/policies`, { body: policy });
  const license = issuerOf(filling);
  await license("perpetual", "perpetual");
  await license("month-over", "monthly", { machines: ["month-over"] });
  await license("trial-over", "trial", { holder: { type: "user", id: "grace" }, machines: ["trial-over"] });
  await license("lapsed", "floating", { machines: ["lapsed-1", "lapsed-2"] });
  await license("no-longer-sold", "gone", { machines: ["gone"] });
  await license("machines-of-years", "yearly", { machines: ["years-1", "years-2"] });
  const policy = await call("GET", `${basePath}/policies/gone`);
  await call("DELETE", `${basePath}/policies/${policy.body.id as string}`);
  const renewed = await license("renewed", "monthly", { machines: ["renewed"] });
  await call("POST", `${basePath}/licenses/${renewed.id}/renew`, { body: { periods: 3, reason: "paid" } });
  const over = await license("suspended-and-over", "monthly");
  await call("POST", `${basePath}/licenses/${over.id}/suspend`, { body: { reason: "not paid" } });
}

/** The half hour before the upgrade. */
export async function fillLate(filling: Filling): Promise<void> {
  const license = issuerOf(filling);
  await license("year", "yearly");
  await license("month-in-grace", "monthly", { machines: ["grace"], startsAt: new Date(filling.now().getTime() - 33 * dayMs).toISOString() });
  await license("year-full", "yearly", { machines: ["full-1", "full-2", "full-3"], holder: { type: "organization", id: "acme" } });
  await license("not-started", "yearly", { startsAt: new Date(filling.now().getTime() + 30 * dayMs).toISOString() });
  await license("ends-in-an-hour", "perpetual", { machines: ["hour"], expiresAt: new Date(filling.now().getTime() + 3_600_000).toISOString() });
  await license("leased", "floating", { machines: ["leased-1"] });
  await license("leases-full", "floating", { machines: ["leases-1", "leases-2"] });
  await license("evicted", "evicting", { machines: ["evicted-1", "evicted-2", "evicted-3"] });
  await license("never-used", "from-first");
  await license("used-first", "from-first", { machines: ["first"] });
  await license("trial-running", "trial", { holder: { type: "user", id: "ada" }, machines: ["trial"] });
  await license("trial-unused", "trial", { holder: { type: "user", id: "mary" } });
  await license("bound", "bound", { machines: ["bound"] });
  await license("bound-empty", "bound");
  await license("imported", "perpetual", { key: "K7fQ2mXw9RtZ4bNc8YpLs3Vd", name: "Büro – Zürich", metadata: { order: "A-17", seats: 5, vip: true } });
  await license("own-terms", "yearly", { features: { reports: true, "projects-max": 25 }, activationLimit: 7, machines: ["own-1"] });
  await changed(filling);
  const shown = filling.filled.find(({ label }) => label === "lapsed");
  await filling.call("POST", `${basePath}/activations`, { body: { licenseId: shown?.id, fingerprint: machine("lapsed-3") } });
}

async function changed(filling: Filling): Promise<void> {
  const { call } = filling;
  const license = issuerOf(filling);
  const verb = async (label: string, ...verbs: readonly string[]) => {
    const { id } = await license(label, "yearly", { machines: [label] });
    for (const each of verbs) await sendOnce(filling, `${basePath}/licenses/${id}/${each}`, { reason: "told by the vendor" });
  };
  await verb("suspended", "suspend");
  await verb("reinstated", "suspend", "reinstate");
  await verb("revoked", "revoke");
  await verb("suspended-then-revoked", "suspend", "revoke");
  const rotated = await license("new-key", "yearly");
  const answer = await call("POST", `${basePath}/licenses/${rotated.id}/rotate-key`, { body: {} });
  filling.filled.splice(filling.filled.indexOf(rotated), 1, { ...rotated, key: answer.body.key as string });
  const freed = await license("seat-freed", "yearly", { machines: ["freed-1", "freed-2"] });
  const seats = await call("GET", `${basePath}/licenses/${freed.id}/activations`);
  await call("DELETE", `${basePath}/activations/${seats.body.data[0].id as string}`);
  const moved = await license("other-policy", "monthly", { machines: ["moved"] });
  await call("PATCH", `${basePath}/licenses/${moved.id}`, { body: { policy: "yearly", resetExpiry: true } });
  const patched = await license("corrected", "yearly", { machines: ["corrected"] });
  await call("PATCH", `${basePath}/licenses/${patched.id}`, { body: { holder: { type: "organization", id: "corrected" }, name: "Corrected", metadata: { ticket: 4711 } } });
}

type Issuing = { readonly holder?: object; readonly machines?: readonly string[] } & Readonly<Record<string, unknown>>;

/** Issues a license, and gives it seats; the answers are kept by `Idempotency-Key`. */
function issuerOf(filling: Filling) {
  return async (label: string, policy: string, { machines = [], ...rest }: Issuing = {}): Promise<Filled> => {
    const issued = await sendOnce(filling, `${basePath}/licenses`, { policy, holder: { type: "user", id: `holder-of-${label}` }, ...rest });
    const filled: Filled = { label, id: issued.license.id as string, key: issued.key as string };
    filling.filled.push(filled);
    for (const name of machines) await sendOnce(filling, `${basePath}/activations`, { licenseId: filled.id, fingerprint: machine(name), name });
    return filled;
  };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function sendOnce({ call, sent }: Filling, path: string, body: unknown): Promise<any> {
  const idempotencyKey = `before-the-upgrade-${sent.length}`;
  const { status, body: answer } = await call("POST", path, { body, headers: { "idempotency-key": idempotencyKey } });
  sent.push({ method: "POST", path, body, idempotencyKey, status, answer: answer as unknown });
  return answer;
}
