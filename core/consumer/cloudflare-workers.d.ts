/** A module of the Workers runtime. Older versions have no `waitUntil`. */
declare module "cloudflare:workers" {
  export const waitUntil: ((work: Promise<unknown>) => void) | undefined;
}
