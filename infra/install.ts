import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Unpacks SST's platform and installs the providers that sst.config.ts names, into .sst/. Needs the npm registry or its
 * cache; no account, and no download of Pulumi, which only a deploy needs.
 *
 *   node infra/install.ts
 */
const project = join(import.meta.dirname, "..");
const bun = join(project, "node_modules/@oven/bun-linux-x64/bin/bun");
const msMax = 600_000;

const quiet = {
  SST_SKIP_DEPENDENCY_CHECK: "1",
  SST_TELEMETRY_DISABLED: "1",
  AWS_EC2_METADATA_DISABLED: "true",
};

/** Without bun, which npm brings on Linux x64 alone, npm: slower, and told to run no scripts, because the Neon provider names one that it doesn't ship. */
const installer = existsSync(bun) ? { SST_BUN_PATH: bun } : { SST_NO_BUN: "1", npm_config_ignore_scripts: "true" };

const { status, error } = spawnSync(join(project, "node_modules/.bin/sst"), ["install", "--stage", "ci"], {
  cwd: project,
  env: { ...process.env, ...quiet, ...installer },
  stdio: "inherit",
  timeout: msMax,
});
if (error !== undefined) console.error(`sst install: ${error.message}`);
process.exitCode = status ?? 1;
