import { basePath } from "@licensing/core/http/address.ts";
import type { Machine } from "./machine.ts";
import type { Step } from "./walk.ts";

const roles = ["admin", "operator", "support", "service", "auditor"] as const;

/** The output of `--json`: addresses and credentials. */
export async function machineDocument(machine: Machine, steps: readonly Step[]) {
  return {
    baseUrl: machine.origin,
    tokens: await machineTokens(machine),
    issuer: { url: machine.issuer.issuer, tokenUrl: machine.issuer.tokenUrl },
    redis: { url: machine.upstash.url, token: machine.environment["APP_ENV_UPSTASH_REDIS_REST_TOKEN"] },
    database: { url: machine.environment["APP_ENV_DATABASE_URL"] },
    publicKey: machine.publicPem,
    audience: machine.runtime.config.certificate.audience,
    console: `${machine.origin}${basePath}/console`,
    steps,
  };
}

/** A token for each seeded role, valid for a day. */
export async function machineTokens(machine: Machine): Promise<Record<(typeof roles)[number], string>> {
  const mint = (role: string) => machine.issuer.mint({ sub: `local-${role}`, roles: [`licensing-${role}`], expiresIn: 86_400 });
  const entries = await Promise.all(roles.map(async (role) => [role, await mint(role)] as const));
  return Object.fromEntries(entries) as Record<(typeof roles)[number], string>;
}
