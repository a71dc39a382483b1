import { readFileSync } from "node:fs";

/**
 * Sets the size and the protection of a project's database by Neon's API, as the stage's row requires, and reads them back. The
 * provider can't: in 0.13.0, the only version, a change of `defaultEndpointSettings` applies to future computes and not to the
 * serving one, and only branches that the provider made can be protected. Another branch can't replace the project's first,
 * because Neon restores root branches only. Source: kislerdm/terraform-provider-neon#234; neon.com/docs/introduction/plans,
 * "Instant restore".
 *
 * echo '{"projectId":…}' | node infra/database-settings.ts
 */
export type DatabaseSettings = {
  readonly projectId: string;
  readonly branchId: string;
  readonly endpointId: string;
  readonly minimumUnits: number;
  readonly maximumUnits: number;
  readonly isProtected: boolean;
};

/** Sends one request to `https://console.neon.tech/api/v2`. Returns its status and its JSON. */
export type Neon = (method: "GET" | "PATCH", path: string, body?: unknown) => Promise<{ readonly status: number; readonly json: unknown }>;

const attemptsMax = 30;
/** A project that is busy with another change answers 423. */
const locked = 423;

/** Throws an Error that names the setting that Neon refused, or accepted but didn't apply. */
export async function applyDatabaseSettings(settings: DatabaseSettings, neon: Neon, pause: () => Promise<void>): Promise<void> {
  const { projectId, branchId, endpointId } = settings;
  const size = { autoscaling_limit_min_cu: settings.minimumUnits, autoscaling_limit_max_cu: settings.maximumUnits };
  const endpoint = { path: `/projects/${projectId}/endpoints/${endpointId}`, key: "endpoint", wanted: size };
  const branch = { path: `/projects/${projectId}/branches/${branchId}`, key: "branch", wanted: { protected: settings.isProtected } };
  for (const { path, key, wanted } of [endpoint, branch]) {
    if (differences(await get(path, key), wanted).length === 0) continue;
    await insist(() => neon("PATCH", path, { [key]: wanted }), `PATCH ${path}`);
    const left = differences(await get(path, key), wanted);
    if (left.length > 0) throw new Error(`Neon agreed to PATCH ${path}, but ${left.join(" and ")} stay as they were`);
  }

  async function get(path: string, key: string): Promise<Readonly<Record<string, unknown>>> {
    const json = (await insist(() => neon("GET", path), `GET ${path}`)) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    return json[key] ?? {};
  }

  async function insist(send: () => ReturnType<Neon>, what: string): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      const { status, json } = await send();
      if (status < 300) return json;
      if (status !== locked || attempt === attemptsMax) throw new Error(`Neon answers ${status} to ${what}: ${messageOf(json)}`);
      await pause();
    }
  }
}

function differences(given: Readonly<Record<string, unknown>>, wanted: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(wanted).filter(([name, value]) => (given[name] ?? false) !== value).map(([name]) => name);
}

function messageOf(json: unknown): string {
  const message = typeof json === "object" && json !== null ? (json as { readonly message?: unknown }).message : undefined;
  return typeof message === "string" ? message : "no message";
}

const answerMsMax = 30_000;
const pauseMs = 2000;

export function neonApi(key: string): Neon {
  return async (method, path, body) => {
    const answer = await fetch(`https://console.neon.tech/api/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerMsMax),
    });
    return { status: answer.status, json: await answer.json().catch(() => undefined) };
  };
}

if (import.meta.main) {
  const settings = JSON.parse(readFileSync(process.stdin.fd, "utf8")) as DatabaseSettings;
  const key = process.env["NEON_API_KEY"] ?? "";
  await applyDatabaseSettings(settings, neonApi(key), () => new Promise((resume) => setTimeout(resume, pauseMs)));
  console.log(`${settings.minimumUnits} to ${settings.maximumUnits} units, ${settings.isProtected ? "protected" : "not protected"}`);
}
