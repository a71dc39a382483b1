import type { Touch } from "./routes.ts";

/**
 * The destinations outside of its process that each function of the deployment may call. A function reaches a destination
 * through its row's touches, or because it is one of the deployment's own. Rules of the graph compare the settings of
 * every function with this table, and THREATS.md shows it. Data only.
 */
export type Destination = {
  readonly name: string;
  /** Touches whose functions may reach it, and the deployment's own functions that may. */
  readonly touches: readonly Touch[];
  readonly functions: readonly string[];
  /** Variables that hold its address, and the hosts that they may name. */
  readonly variables: RegExp;
  readonly hosts: RegExp;
  /** How the platform keeps others away from it, and functions without it away too. */
  readonly enforced: string;
  /** The part that nothing enforces. */
  readonly open: string;
};

const anyHost = /./;

export const exposure: readonly Destination[] = [
  {
    name: "Neon",
    touches: ["database", "keyring-database"],
    functions: ["Migrate"],
    variables: /DATABASE_URL$/,
    hosts: /^ep-[a-z0-9-]+\.[a-z0-9-]+\.aws\.neon\.tech$/,
    enforced: "roles and passwords by function; the stage's `network.addresses` as its IP allow list (plan Scale)",
    open: "without `network` any address may try a password",
  },
  {
    name: "Upstash",
    touches: ["redis"],
    functions: [],
    variables: /^APP_ENV_UPSTASH_REDIS_REST_URL$/,
    hosts: /^[a-z0-9-]+\.upstash\.io$/,
    enforced: "tokens; the stage's `network.addresses` and `network.readers` as its IP allow list",
    open: "without `network` any address may try a token. Readers of certificates must be on the list",
  },
  {
    name: "Upstash's account",
    touches: [],
    functions: ["RedisSpend"],
    variables: /^UPSTASH_(?!READ_ONLY_KEY)/,
    hosts: /^api\.upstash\.com$/,
    enforced: "a key that only reads, which one function has",
    open: "the key reads the whole account",
  },
  {
    name: "the parameter store and KMS",
    touches: ["signing-key"],
    functions: [],
    variables: /^APP_ENV_LICENSING_ED25519_PRIVATE_KEY_PARAMETER$/,
    hosts: anyHost,
    enforced: "the role: one parameter; its key opens for that parameter's context alone",
    open: "an administrator of the account",
  },
  {
    name: "the queue",
    touches: ["webhook-queue"],
    functions: [],
    variables: /^APP_ENV_WEBHOOK_QUEUE_URL$/,
    hosts: /^sqs\.[a-z0-9-]+\.amazonaws\.com$/,
    enforced: "the role: sending to one queue; the queue's policy refuses requests without TLS",
    open: "nothing: a message holds nothing that is read",
  },
  {
    name: "the bucket of dumps",
    touches: ["dumps"],
    functions: [],
    variables: /^APP_ENV_DUMP_/,
    hosts: anyHost,
    enforced: "the role: objects of one bucket, and none removed; the bucket's policy refuses requests without TLS, public access is blocked",
    open: "an administrator of the account can remove dumps",
  },
  {
    name: "the identity provider's key set",
    touches: ["identity", "login"],
    functions: [],
    variables: /^APP_ENV_IDENTITY_/,
    hosts: anyHost,
    enforced: "TLS; the address is a setting, and redirects aren't followed",
    open: "a function isn't kept from other addresses",
  },
  {
    name: "this service's own key set",
    touches: ["signing-key"],
    functions: [],
    variables: /^APP_ENV_LICENSING_(PUBLIC_URL|CERT_ISSUER)$/,
    hosts: anyHost,
    enforced: "TLS; it is public",
    open: "nothing",
  },
  {
    name: "webhook addresses",
    touches: [],
    functions: ["ScheduledDeliverWebhooks"],
    variables: /^$/,
    hosts: anyHost,
    enforced: "the code: public addresses only, judged at each connection ([decision 24](../core/decisions/0024-requests-to-strangers.md))",
    open: "Lambda has no list of allowed destinations. With `network` the security group can close everything but port 443",
  },
];

/** Settings that hold addresses of pages, to which nothing is sent. */
export const addressesOnly = /^APP_ENV_LICENSING_CORS_ORIGINS$/;

/** The table as THREATS.md shows it. */
export function exposureTable(): string {
  const rows = exposure.map(({ name, touches, functions, enforced, open }) => `| ${name} | ${[...touches.map((touch) => `\`${touch}\``), ...functions].join(", ")} | ${enforced} | ${open} |`);
  return ["| destination | reached by functions with the touch, or named | enforced by | not enforced |", "|---|---|---|---|", ...rows].join("\n");
}
