import type { StatementMutant } from "./statements.ts";
import { statementMutants } from "./statements.ts";

/** Modules that decide something, and the tests that are there to say what. */
export type Group = {
  readonly name: string;
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
  /** Some of the tests need PostgreSQL and Redis. */
  readonly needsServers: boolean;
  /** Changes to SQL, where Stryker sees only text. */
  readonly statements: readonly StatementMutant[];
};

const verbs = [
  "activate", "apply", "close-lapsed", "deactivate", "expire", "extend", "heartbeat", "issue", "lease", "reinstate", "releases", "renew",
  "revoke", "rotate-key", "run", "settle", "suspend", "terms", "update", "validate",
];

export const groups: readonly Group[] = [
  {
    name: "verify",
    mutate: ["verification", "envelope", "claims", "base64url"].map((name) => `core/certificate/${name}.ts`),
    tests: ["base64url", "bounds", "claims", "license-file", "refusals", "seal"].map((name) => `test/unit/certificate-${name}.test.ts`),
    needsServers: false,
    statements: [],
  },
  {
    name: "decide",
    mutate: verbs.map((verb) => `core/lifecycle/${verb}.ts`),
    tests: ["test/unit/lifecycle-*.test.ts", "test/unit/apply.test.ts"],
    needsServers: false,
    statements: [],
  },
  {
    name: "commit",
    mutate: ["core/commit/commit.store.ts", "core/lifecycle/perform.store.ts"],
    tests: ["commit", "full", "license-keys", "perform", "round-trips", "trials"].map((name) => `test/contract/${name}.test.ts`),
    needsServers: true,
    statements: [],
  },
  {
    name: "statements",
    mutate: [],
    tests: ["commit", "perform", "trials", "license-keys"].map((name) => `test/contract/${name}.test.ts`),
    needsServers: true,
    statements: statementMutants,
  },
  {
    name: "authorize",
    mutate: ["authorization", "authorize", "basic", "decider", "reach", "token-shape", "verify-token"].map((name) => `core/access/${name}.ts`),
    tests: ["test/unit/access-*.test.ts", "test/contract/authorize.test.ts"],
    needsServers: true,
    statements: [],
  },
  {
    name: "rotation",
    mutate: ["core/rotation/states.ts", "core/rotation/findings.ts"],
    tests: ["test/unit/keyring-*.test.ts", "test/property/keyring-rotation.test.ts"],
    needsServers: false,
    statements: [],
  },
];
