import { globSync } from "node:fs";
import { root } from "./project-copy.ts";
import type { StatementMutant } from "./statements.ts";
import { statementMutants } from "./statements.ts";

/** Modules that decide, and the tests of their decisions. */
export type Group = {
  readonly name: string;
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
  /** Some of the tests need PostgreSQL and Redis. */
  readonly needsServers: boolean;
  /** Only tests whose names match run. */
  readonly testNamePattern?: string;
  /** Changes to SQL, which Stryker sees only as text. */
  readonly statements: readonly StatementMutant[];
};

/** A control takes a mechanism out of the source by its text, which the mutant may have changed. */
const withoutControls = String.raw`^(?!.*\(control\))`;

export const groups: readonly Group[] = [
  {
    name: "verify",
    mutate: ["certificate/verification", "certificate/envelope", "certificate/claims", "certificate/claimed-license", "base/base64url"].map((name) => `core/${name}.ts`),
    tests: ["base64url", "bounds", "claims", "license-file", "refusals", "seal"].map((name) => `test/unit/certificate-${name}.test.ts`),
    needsServers: false,
    statements: [],
  },
  {
    name: "decide",
    mutate: pureFilesOf("core/lifecycle"),
    tests: ["test/unit/lifecycle-*.test.ts", "test/unit/apply.test.ts"],
    needsServers: false,
    statements: [],
  },
  {
    name: "commit",
    mutate: ["core/commit/commit.store.ts", "core/commit/claim.sql.ts", "core/commit/drafts.sql.ts", "core/lifecycle/perform.store.ts"],
    tests: ["claim-functions", "commit", "full", "license-keys", "perform", "round-trips", "self-service", "transfer", "trials"].map((name) => `test/contract/${name}.test.ts`),
    needsServers: true,
    statements: [],
  },
  {
    name: "statements",
    mutate: [],
    // Some guards hold only what changed between a decision and its commit, so only races show them.
    tests: [
      ...["commit", "leases", "perform", "trials", "license-keys", "self-service", "transfer"].map((name) => `test/contract/${name}.test.ts`),
      ...["leases", "open-seats", "transfers"].map((name) => `test/concurrency/${name}.test.ts`),
    ],
    needsServers: true,
    testNamePattern: withoutControls,
    statements: statementMutants,
  },
  {
    name: "authorize",
    mutate: ["license-caller", "authorize.store", "identify-service.store", "decider", "reach", "token-shape", "token-key", "token-claims", "verify-token.store"].map((name) => `core/access/${name}.ts`),
    tests: ["test/unit/access-*.test.ts", ...["authorize", "edge-access", "me", "pepper-change"].map((name) => `test/contract/${name}.test.ts`)],
    needsServers: true,
    statements: [],
  },
  {
    name: "rules",
    mutate: ["core/access/change-access.store.ts", "core/access/rule.store.ts"],
    tests: ["test/contract/access-rules.test.ts"],
    needsServers: true,
    testNamePattern: withoutControls,
    statements: [],
  },
  {
    name: "rotation",
    mutate: ["core/rotation/states.ts", "core/rotation/findings.ts"],
    tests: ["test/unit/keyring-*.test.ts", "test/property/keyring-rotation.test.ts"],
    needsServers: false,
    statements: [],
  },
  {
    name: "trust",
    mutate: ["core/certificate/beacon.ts", "core/keyring/mark.ts", "core/publication/completeness.ts", "core/rotation/ring-changes.ts"],
    tests: ["certificate-beacon", "keyring-mark", "publication-completeness"].map((name) => `test/unit/${name}.test.ts`),
    needsServers: false,
    statements: [],
  },
  {
    name: "gate",
    mutate: ["currency", "question", "under-keys"].map((name) => `core/consumer/${name}.ts`),
    tests: ["beacon", "gate", "hostile"].map((name) => `test/unit/consumer-${name}.test.ts`),
    needsServers: false,
    testNamePattern: withoutControls,
    statements: [],
  },
  {
    name: "admission",
    mutate: ["core/endpoint/admission.ts"],
    tests: ["test/unit/endpoint-admission.test.ts"],
    needsServers: false,
    statements: [],
  },
  {
    name: "transport",
    mutate: ["core/platform/connections.ts", "core/platform/transport.ts"],
    tests: ["test/contract/transport.test.ts", "test/faults/frozen-connections.test.ts"],
    needsServers: false,
    statements: [],
  },
  {
    name: "vault",
    mutate: ["core/platform/vault.ts"],
    tests: ["test/unit/platform-vault.test.ts"],
    needsServers: false,
    statements: [],
  },
  {
    name: "find",
    mutate: ["core/license/search-text.ts"],
    tests: ["test/unit/license-search-text.test.ts"],
    needsServers: false,
    statements: [],
  },
  {
    name: "refresh",
    mutate: ["core/base/refreshed.ts"],
    tests: ["test/unit/base-refreshed.test.ts"],
    needsServers: false,
    statements: [],
  },
];

/** The files of a room without a suffix, which are pure. */
function pureFilesOf(room: string): readonly string[] {
  return globSync(`${room}/*.ts`, { cwd: root }).filter((file) => /\/[\w-]+\.ts$/.test(file)).toSorted();
}
