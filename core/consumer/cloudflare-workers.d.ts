/** What Workers give each of their modules; older ones have no `waitUntil`. */
declare module "cloudflare:workers" {
  export const waitUntil: ((work: Promise<unknown>) => void) | undefined;
}
