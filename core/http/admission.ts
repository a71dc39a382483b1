import { refuse } from "../problem/problem.ts";
import type { Runtime } from "../platform/runtime.ts";
import { callLimits } from "./limits.ts";
import type { Subject, Usage } from "./limit.store.ts";
import { countUse, exceeded } from "./limit.store.ts";

/** The limits of one call: counted once, however often `admit` is asked, and told in the answer's headers. */
export type Admission = {
  /** Rejects with rate-limited. */
  readonly admit: (license?: string) => Promise<void>;
  /** `RateLimit` and `RateLimit-Policy` of what was counted; empty when nothing was. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
};

export function createAdmission(runtime: Runtime, call: { readonly principal: string; readonly address: string }): Admission {
  let counted: Promise<readonly Usage[]> | undefined;
  return {
    admit: async (license) => {
      const subjects: readonly Subject[] = [
        ...(license === undefined ? [] : [{ limit: callLimits.license, id: license }]),
        { limit: callLimits.principal, id: call.principal },
        { limit: callLimits.address, id: networkOf(call.address) },
      ];
      counted ??= countUse(runtime, subjects, { add: 1 });
      const over = exceeded(await counted);
      if (over === undefined) return;
      refuse("rate-limited", {
        detail: `At most ${over.limit.quota} calls in ${over.limit.windowSeconds} seconds for this ${over.limit.name}.`,
        retryAfterSeconds: over.resetSeconds,
      });
    },
    headers: async () => (counted === undefined ? {} : headersOf(await counted)),
  };
}

/** Structured fields of draft-ietf-httpapi-ratelimit-headers: the policies, and the one that is nearest to its end. */
function headersOf(usages: readonly Usage[]): Readonly<Record<string, string>> {
  const [nearest] = usages.toSorted((left, right) => left.remaining / left.limit.quota - right.remaining / right.limit.quota);
  if (nearest === undefined) return {};
  return {
    "ratelimit-policy": usages.map(({ limit }) => `"${limit.name}";q=${limit.quota};w=${limit.windowSeconds}`).join(", "),
    ratelimit: `"${nearest.limit.name}";r=${nearest.remaining};t=${nearest.resetSeconds}`,
  };
}

/** An IPv6 caller owns at least a /64, so counting single addresses would count nothing. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return `${[...left, ...zeros, ...right].slice(0, 4).join(":")}::/64`;
}
