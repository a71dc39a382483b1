import { hasPassed } from "@licensing/core/rotation/states.ts";
import type { KeyState } from "@licensing/core/keyring/mark.ts";

/** The common face of the model and the service: a ring, licenses with certificates, and a clock that a test moves. */
export type RotationWorld = {
  readonly now: () => Date;
  readonly advance: (seconds: number) => void;
  /** The kids whose PEM is in the secret, in its order. */
  readonly secret: () => readonly string[];
  readonly setSecret: (kids: readonly string[]) => void;
  readonly check: (skewSeconds: number) => Promise<void>;
  /** False: refused because no other key could sign. */
  readonly compromise: (kid: string) => Promise<boolean>;
  /** Changes a license. Returns its certificate, or undefined if publishing is skipped. */
  readonly publish: (license: number) => Promise<Certificate | undefined>;
  readonly reconcile: () => Promise<readonly Certificate[]>;
  readonly loseRedis: () => Promise<void>;
  /** Tampers with the ring in the database while `while` runs. Returns the keys that a new process publishes meanwhile. */
  readonly tamper: (how: Tampering, during: () => Promise<void>) => Promise<ReadonlySet<string>>;
  readonly states: () => Promise<ReadonlyMap<string, KeyState>>;
  readonly jwks: () => Promise<ReadonlySet<string>>;
  /** The certificates in Redis. */
  readonly held: () => Promise<readonly Certificate[]>;
};

export type Certificate = { readonly kid: string; readonly issuedAt: Date; readonly expiresAt: Date };

/** Rows that the mark doesn't cover, rows that differ from it, a mark by another secret, no mark, an earlier ring put back whole. */
export type Tampering = "unmarked row" | "altered rows" | "removed row" | "forged mark" | "no mark" | "earlier ring";

export type Command =
  | { readonly type: "tamper"; readonly how: Tampering }
  | { readonly type: "add" | "remove" | "compromise"; readonly key: number }
  | { readonly type: "check"; readonly skewSeconds: number }
  | { readonly type: "publish"; readonly license: number }
  | { readonly type: "refresh" | "replay"; readonly consumer: number }
  | { readonly type: "advance"; readonly seconds: number }
  | { readonly type: "reconcile" | "loseRedis" };

/** The time for which a consumer keeps a ring, and the largest error of a clock. */
export const ringSeconds = 300;
export const skewSeconds = 60;

type Consumer = { ring: ReadonlySet<string>; fetchedAt: Date; replayedAt: Date | undefined; readonly seen: ReadonlySet<string>[] };
type Known = { createdAt: Date; activatedAt: Date | undefined; isEmergency: boolean; compromisedAt: Date | undefined };

/**
 * Runs commands against a world and checks the invariants of rotation after each. Throws an Error that names
 * the invariant. K numbers are those of the threat reference: K1 one active key, K2 allowed steps, K3 the signing key, K4 no false
 * negative, K6 the end of a compromised key, K8 retirement, K9 no way back, K14 one rotation at a time.
 */
export async function runRotation(world: RotationWorld, kids: readonly string[], commands: readonly Command[]): Promise<void> {
  const run = createRun(world, kids);
  await run.observe();
  for (const command of commands) {
    await run.perform(command);
    await run.observe();
  }
}

const arrows: ReadonlySet<string> = new Set([
  "none>pending", "none>active", "pending>active", "active>retiring", "retiring>retired",
  "none>compromised", "pending>compromised", "active>compromised", "retiring>compromised", "retired>compromised",
]);

function createRun(world: RotationWorld, kids: readonly string[]) {
  let states: ReadonlyMap<string, KeyState> = new Map();
  const known = new Map<string, Known>();
  const issued: Certificate[] = [];
  const consumers: Consumer[] = [0, 1, 2].map(() => ({ ring: new Set(), fetchedAt: new Date(0), replayedAt: undefined, seen: [] }));
  let isEmergency = false;
  let secretAtCheck: readonly string[] = [];

  const refresh = async (consumer: Consumer) => {
    consumer.seen.push(consumer.ring);
    consumer.ring = await world.jwks();
    consumer.fetchedAt = world.now();
  };

  const sign = (certificates: readonly Certificate[]) => {
    for (const certificate of certificates) {
      demand(states.get(certificate.kid) === "active", "K3: only the active key signs");
      demand(world.secret().includes(certificate.kid), "K3: nothing signs without its PEM");
      issued.push(certificate);
    }
  };

  const perform = async (command: Command): Promise<void> => {
    isEmergency = false;
    switch (command.type) {
      case "add": {
        const kid = kids[command.key] ?? "";
        if (!world.secret().includes(kid)) world.setSecret([...world.secret(), kid]);
        return;
      }
      case "remove":
        return world.setSecret(world.secret().filter((kid) => kid !== kids[command.key]));
      case "check":
        secretAtCheck = world.secret();
        return world.check(command.skewSeconds);
      case "compromise": {
        const kid = kids[command.key] ?? "";
        isEmergency = true;
        if (await world.compromise(kid)) issued.push(...(await world.held()).filter((certificate) => !issued.some((one) => same(one, certificate))));
        return;
      }
      case "publish": {
        const certificate = await world.publish(command.license);
        if (certificate !== undefined) sign([certificate]);
        return;
      }
      case "reconcile":
        return sign(await world.reconcile());
      case "loseRedis":
        return world.loseRedis();
      case "tamper": {
        const before = new Set(await world.jwks());
        const meanwhile = await world.tamper(command.how, async () => {
          secretAtCheck = world.secret();
          await world.check(0);
          await observe();
        });
        for (const kid of meanwhile) demand(before.has(kid) || states.has(kid), "a key that isn't marked is published by nobody");
        for (const kid of meanwhile) demand(states.get(kid) !== "compromised", "a compromised key is brought back by nobody");
        return;
      }
      case "refresh": {
        const consumer = consumers[command.consumer];
        return consumer === undefined ? undefined : refresh(consumer);
      }
      case "replay": {
        const consumer = consumers[command.consumer];
        const [old] = consumer?.seen ?? [];
        if (consumer === undefined || old === undefined) return;
        consumer.ring = old;
        consumer.fetchedAt = world.now();
        consumer.replayedAt = world.now();
        return;
      }
      case "advance":
        return world.advance(command.seconds);
      default:
        return command satisfies never;
    }
  };

  const observe = async (): Promise<void> => {
    const before = states;
    states = await world.states();
    const held = await world.held();
    moved(before, held);
    const actives = [...states.values()].filter((state) => state === "active").length;
    const everActive = [...known.values()].some(({ activatedAt }) => activatedAt !== undefined);
    demand(actives === (everActive ? 1 : 0), "K1: exactly one key is active, from the first on");
    await published();
    for (const consumer of consumers) {
      if (!hasPassed(consumer.fetchedAt, ringSeconds, world.now())) continue;
      await refresh(consumer);
    }
    for (const consumer of consumers) for (const certificate of held) judge(consumer, certificate);
  };

  const moved = (before: ReadonlyMap<string, KeyState>, held: readonly Certificate[]): void => {
    for (const [kid, state] of states) {
      const from = before.get(kid) ?? "none";
      if (from === state) continue;
      const arrow = `${from}>${state}`;
      // The one step back: the retiring key signs again if the active one is compromised.
      demand(arrows.has(arrow) || (isEmergency && arrow === "retiring>active"), `K2, K9: ${arrow}`);
      const key = known.get(kid) ?? { createdAt: world.now(), activatedAt: undefined, isEmergency: false, compromisedAt: undefined };
      known.set(kid, key);
      if (state === "active") {
        if (key.activatedAt === undefined) key.isEmergency = isEmergency || ![...before.values()].includes("active");
        key.activatedAt = world.now();
        const old = [...before].find(([, was]) => was === "active")?.[0];
        const rotating = [...before].filter(([one, was]) => was === "retiring" && states.get(one) === "retiring");
        demand(isEmergency || rotating.length === 0 || old === undefined || !secretAtCheck.includes(old), "K14: one rotation at a time");
      }
      if (state === "compromised") key.compromisedAt = world.now();
      if (state === "retired") demand(!held.some((one) => one.kid === kid && isUsable(one)), "K8: a retired key has no certificate left");
    }
    for (const kid of before.keys()) demand(states.has(kid), "K9: a key that was known stays known");
  };

  /** By a clock that is behind by the skew the certificate is still valid. */
  const isUsable = ({ expiresAt }: Certificate): boolean => world.now().getTime() < expiresAt.getTime() + skewSeconds * 1000;

  const published = async (): Promise<void> => {
    const jwks = await world.jwks();
    for (const [kid, state] of states) {
      const isPublic = state === "pending" || state === "active" || state === "retiring";
      demand(jwks.has(kid) === isPublic, "the JWKS holds what is pending, active or retiring");
    }
    for (const { kid, ...certificate } of issued) {
      if (states.get(kid) === "compromised" || !isUsable({ kid, ...certificate })) continue;
      demand(jwks.has(kid), "K4: what may still be used can be verified");
    }
  };

  const judge = (consumer: Consumer, certificate: Certificate): void => {
    const key = known.get(certificate.kid);
    if (key === undefined) throw new Error("K9: a certificate of a key that nobody knows");
    const accepted = consumer.ring.has(certificate.kid) && isUsable(certificate);
    const fooledUntil = consumer.replayedAt === undefined ? 0 : consumer.replayedAt.getTime() + ringSeconds * 1000;
    const isFooled = world.now().getTime() < fooledUntil;
    if (key.compromisedAt !== undefined) {
      const over = hasPassed(key.compromisedAt, ringSeconds, world.now()) && !isFooled;
      demand(!over || !accepted, "K6: a compromised key ends within the ring's refresh");
      return;
    }
    if (isFooled || !isUsable(certificate)) return;
    const mayLag = key.isEmergency && consumer.fetchedAt <= key.createdAt;
    demand(accepted || mayLag, "K4: no false negative");
  };

  return { perform, observe };
}

function same(left: Certificate, right: Certificate): boolean {
  return left.kid === right.kid && left.issuedAt.getTime() === right.issuedAt.getTime();
}

function demand(holds: boolean, invariant: string): void {
  if (!holds) throw new Error(invariant);
}
