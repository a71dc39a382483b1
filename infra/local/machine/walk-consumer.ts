import { licenseGate } from "../../../core/consumer/gate.ts";
import { upstashSource } from "../../../core/consumer/upstash.ts";
import type { Machine } from "./machine.ts";

type Watched = {
  readonly answer: () => Promise<string>;
  readonly until: (wanted: string) => Promise<string>;
  readonly close: () => void;
};

const refreshSeconds = 0.1;
const lookEveryMs = 10;
const looksMax = 500;

/** A consumer as another team would write it: it reads the certificate from Redis and never calls the service. */
export function watchConsumer(machine: Machine, { licenseId, fingerprint }: { readonly licenseId: string; readonly fingerprint: string }): Watched {
  const gate = licenseGate({
    source: upstashSource({ url: machine.upstash.url, token: machine.environment["APP_ENV_UPSTASH_REDIS_REST_TOKEN"] ?? "" }),
    trust: { publicKeys: machine.publicPem },
    audience: machine.runtime.config.certificate.audience,
    applicationSecret: machine.environment["APP_ENV_APPLICATION_SECRET"],
    refreshSeconds,
  });
  const answer = async (): Promise<string> => {
    const { state, code } = await gate.check(licenseId, { fingerprint });
    return `${state} (${code})`;
  };
  const until = async (wanted: string): Promise<string> => {
    for (let look = 1; look < looksMax; look += 1) {
      const now = await answer();
      if (now.startsWith(wanted)) return now;
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    return answer();
  };
  return { answer, until, close: () => gate.close() };
}
