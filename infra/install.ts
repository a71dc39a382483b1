import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeReferenceAssets } from "./reference/assets.ts";

/**
 * Unpacks SST's platform and installs the providers that sst.config.ts names, into .sst/. Needs the npm registry or its cache,
 * but no account and no download of Pulumi, which only a deployment needs. Does nothing if the same is already installed. Also writes
 * the scripts of the contract's page, which a deployment ships.
 *
 * node infra/install.ts
 */
const project = join(import.meta.dirname, "..");
const msMax = 600_000;

/** The sources of the installation, and the file that records them. */
const sources = ["sst.config.ts", "node_modules/sst/package.json"].map((file) => join(project, file));
const stamp = join(project, ".sst/installed-from");

const environment = {
  SST_SKIP_DEPENDENCY_CHECK: "1",
  SST_TELEMETRY_DISABLED: "1",
  AWS_EC2_METADATA_DISABLED: "true",
  // npm installs them: SST would download a Bun of 95 MB.
  SST_NO_BUN: "1",
  // The Neon provider names a script that it doesn't ship.
  npm_config_ignore_scripts: "true",
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_prefer_offline: "true",
};

const wanted = sources.reduce((hash, file) => hash.update(readFileSync(file)), createHash("sha256")).digest("hex");
await writeReferenceAssets();
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) process.exitCode = install();

/** Returns SST's exit code. */
function install(): number {
  const { status, error } = spawnSync(join(project, "node_modules/.bin/sst"), ["install", "--stage", "ci"], {
    cwd: project,
    env: { ...process.env, ...environment },
    stdio: "inherit",
    timeout: msMax,
  });
  if (error !== undefined) console.error(`sst install: ${error.message}`);
  if (status === 0) writeFileSync(stamp, wanted);
  return status ?? 1;
}
