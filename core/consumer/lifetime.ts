/** The owner of connections, timers and promises: the process, whose requests may share them, or the one request that made them. */
export type Io = "process" | "request";

/** Keeps work alive after the request that began it. A Worker's `ctx` is one. */
export type Lifetime = { readonly waitUntil: (work: Promise<unknown>) => unknown };
type MaybeLifetime = { readonly waitUntil?: Lifetime["waitUntil"] | undefined } | undefined;
type Context = { readonly get?: () => MaybeLifetime } | undefined;
type Platform = { readonly navigator?: { readonly userAgent?: string }; readonly EdgeRuntime?: unknown; readonly [context: symbol]: Context };
const platform = globalThis as unknown as Platform;

/** Cloudflare's Workers, and Vercel's and Next's edge, bind I/O to a request. */
export function ioOfPlatform(): Io {
  return platform.navigator?.userAgent === "Cloudflare-Workers" || platform.EdgeRuntime !== undefined ? "request" : "process";
}

/** Hands `work` to the first of `lifetimes`, or else to Vercel's or Next's own, that accepts it. False: nothing keeps it alive. */
export function isKeptAlive(work: Promise<unknown>, lifetimes: readonly MaybeLifetime[]): boolean {
  const contexts: Context[] = lifetimes.map((lifetime) => ({ get: () => lifetime }));
  for (const name of ["vercel", "next"]) contexts.push(platform[Symbol.for(`@${name}/request-context`)]);
  for (const context of contexts) {
    try {
      const lifetime = context?.get?.();
      if (lifetime?.waitUntil === undefined) continue;
      lifetime.waitUntil(work);
      return true;
    } catch {
      // It was called outside a request, or after its end.
    }
  }
  return false;
}
