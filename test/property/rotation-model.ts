import { dueStep, rotationPolicy, successorOf } from "@licensing/core/rotation/states.ts";
import type { KeyState } from "@licensing/core/keyring/mark.ts";
import type { KeyFacts, RotationPolicy, Step } from "@licensing/core/rotation/states.ts";
import type { Certificate, RotationWorld } from "../support/rotation-world.ts";

export const ttlSeconds = 86_400;

type Key = { state: KeyState; createdAt: Date; activeAt: Date | null; retiringAt: Date | null; retiredAt: Date | null };
type Held = { kid: string | undefined; certificate: Certificate | undefined };

export type ModelOptions = {
  readonly policy?: RotationPolicy;
  /** Options that take steps without checking whether they are due, as tests must notice. */
  readonly decide?: typeof dueStep;
};

/** The rotation without database or Redis: `dueStep` and `successorOf` themselves, and the least state that they move. */
export function createRotationModel(options: ModelOptions = {}): RotationWorld {
  const { policy = rotationPolicy(ttlSeconds), decide = dueStep } = options;
  let nowMs = Date.UTC(2026, 10, 23, 10);
  let secret: readonly string[] = [];
  const keys = new Map<string, Key>();
  const licenses: Held[] = [0, 1, 2].map(() => ({ kid: undefined, certificate: undefined }));
  const now = () => new Date(nowMs);

  const facts = (): readonly KeyFacts[] => {
    const registered = [...keys].map(([kid, key]) => ({
      kid,
      ...key,
      certificates: licenses.filter((license) => license.kid === kid).length,
      neededUntil: null,
      inSecret: secret.includes(kid),
      verifiable: true,
    }));
    const unregistered = secret.filter((kid) => !keys.has(kid)).map((kid) => ({
      kid,
      state: "unregistered" as const,
      ...{ createdAt: null, activeAt: null, retiringAt: null, retiredAt: null },
      certificates: 0,
      neededUntil: null,
      inSecret: true,
      verifiable: undefined,
    }));
    return [...registered, ...unregistered];
  };

  const take = (step: Step, at: Date): void => {
    switch (step.kind) {
      case "register":
        for (const kid of step.kids) keys.set(kid, { state: "pending", createdAt: at, activeAt: null, retiringAt: null, retiredAt: null });
        return;
      case "activate": {
        const old = keys.get(step.instead ?? "");
        const next = keys.get(step.kid);
        if (old !== undefined) Object.assign(old, { state: "retiring", retiringAt: at });
        if (next !== undefined) Object.assign(next, { state: "active", activeAt: at });
        return;
      }
      case "retire":
        Object.assign(keys.get(step.kid) ?? {}, { state: "retired", retiredAt: at });
        return;
      default:
        return step satisfies never;
    }
  };

  const check = (at: Date): void => {
    for (let steps = 0; steps < 20; steps += 1) {
      const step = decide(facts(), at, policy);
      if (step === undefined) return;
      take(step, at);
    }
  };

  const active = () => [...keys].find(([, key]) => key.state === "active")?.[0];
  const sign = (license: Held): Certificate | undefined => {
    const kid = active();
    if (kid === undefined || !secret.includes(kid)) return undefined;
    license.certificate = { kid, issuedAt: now(), expiresAt: new Date(nowMs + ttlSeconds * 1000) };
    return license.certificate;
  };

  return {
    now,
    advance: (seconds) => (nowMs += seconds * 1000),
    secret: () => secret,
    setSecret: (kids) => (secret = kids),
    check: async (skewSeconds) => check(new Date(nowMs + skewSeconds * 1000)),
    compromise: async (kid) => {
      for (const one of secret) if (!keys.has(one)) take({ kind: "register", kids: [one] }, now());
      const key = keys.get(kid);
      if (key === undefined || key.state === "compromised") return true;
      const successor = key.state === "active" ? successorOf(kid, facts()) : undefined;
      if (key.state === "active" && successor === undefined) return false;
      key.state = "compromised";
      Object.assign(keys.get(successor?.kid ?? "") ?? {}, { state: "active", activeAt: now(), retiringAt: null });
      return true;
    },
    publish: async (license) => {
      const held = licenses[license];
      return held === undefined ? undefined : sign(held);
    },
    reconcile: async () =>
      licenses.flatMap((license) => {
        if (license.certificate === undefined && license.kid === undefined) return [];
        const rest = (license.certificate?.expiresAt.getTime() ?? 0) - nowMs;
        const isFine = license.certificate?.kid === active() && rest > ttlSeconds * 550;
        const certificate = isFine ? license.certificate : sign(license);
        license.kid = certificate?.kid ?? license.kid;
        return isFine || certificate === undefined ? [] : [certificate];
      }),
    loseRedis: async () => licenses.forEach((license) => (license.certificate = undefined)),
    // The model has no tables to tamper with.
    tamper: async (_how, during) => during().then(() => new Set<string>()),
    states: async () => new Map([...keys].map(([kid, key]) => [kid, key.state])),
    jwks: async () => new Set([...keys].filter(([, { state }]) => state !== "retired" && state !== "compromised").map(([kid]) => kid)),
    held: async () => licenses.flatMap(({ certificate }) => certificate ?? []),
  };
}
