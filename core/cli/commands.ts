import type { Adding } from "./run.ts";

/** Commands of one module: their sentences in the help, and the module, which is loaded when one of them is called. */
export type Group = {
  readonly commands: Readonly<Record<string, string>>;
  readonly load: () => Promise<(adding: Adding) => void>;
};

/** Every command, in the order of the help. A call loads its own module only, so that help and completions take no time. */
export const groups: readonly Group[] = [
  {
    commands: {
      find: "find licenses by an e-mail address, a key, an id, a fingerprint or a name",
      show: "show a license: its status and why, its seats, its latest events",
      issue: "issue a license; its key is shown this once",
    },
    load: async () => (await import("./licenses.ts")).addLicenses,
  },
  {
    commands: {
      suspend: "suspend a license, or every one of a filter",
      reinstate: "reinstate a suspended license, or every one of a filter",
      renew: "renew a license, or every one of a filter",
      revoke: "revoke a license for good, or every one of a filter",
      transfer: "hand a license over: a new holder, a new key, no seats",
      "rotate-key": "replace a license's key; the new one is shown this once",
      seats: "list and free the seats of a license",
    },
    load: async () => (await import("./verbs.ts")).addVerbs,
  },
  {
    commands: {
      file: "make a license file, also from the text of a request that a machine without a network wrote",
      verify: "verify a license file without the service",
    },
    load: async () => (await import("./files.ts")).addFiles,
  },
  {
    commands: {
      usage: "show a license's meters, or every license's use in the periods of a month",
      statistics: "show the summary of licenses, seats and events",
    },
    load: async () => (await import("./usage.ts")).addUsage,
  },
  { commands: { policies: "list and show policies, and apply one to its licenses" }, load: async () => (await import("./policies.ts")).addPolicies },
  { commands: { events: "list the audit trail, the latest last; --follow then prints each new event" }, load: async () => (await import("./events.ts")).addEvents },
  { commands: { audit: "recompute the hash chains of the audit trail" }, load: async () => (await import("./audit.ts")).addAudit },
  {
    commands: { webhooks: "list webhooks and their deliveries, test, replay, and listen on this machine" },
    load: async () => (await import("./webhooks.ts")).addWebhooks,
  },
  {
    commands: { import: "issue a license for each row of a CSV file; a second run continues where the first ended" },
    load: async () => (await import("./import.ts")).addImport,
  },
  { commands: { export: "write licenses as CSV, in the columns that import reads; keys can't be exported" }, load: async () => (await import("./export.ts")).addExport },
  { commands: { keys: "list and check the signing keys, deny one, and make one" }, load: async () => (await import("./keys.ts")).addKeys },
  { commands: { api: "call any operation of the API; without a verb they are listed" }, load: async () => (await import("./api.ts")).addApi },
  {
    commands: {
      login: "log in at the service's identity provider, in a browser or by a code on another device",
      logout: "forget a login",
      whoami: "show the service, the caller, the settings that name them, and the caller's permissions",
    },
    load: async () => (await import("./access.ts")).addAccess,
  },
  { commands: { completion: 'print a completion script: eval "$(licensing completion bash)"' }, load: async () => (await import("./completion.ts")).addCompletion },
];
