import { existsSync, readFileSync } from "node:fs";

/**
 * Checks the packages that npm has installed. It is plain JavaScript, because an older Node may run it. If an optional package
 * can't be fetched, or differs from its integrity in package-lock.json, npm leaves it out and succeeds. The project's Node is
 * such a package, so this script fails instead, unless optional packages were left out on purpose. On a Node that is older than
 * the project's it prints one sentence; `.npmrc` silences npm's own warnings, which are five lines for each package.
 */
const { optionalDependencies, engines } = read("../package.json");
const { packages } = read("../package-lock.json");
const { platform, arch, env } = process;

const missing = Object.keys(optionalDependencies).filter((name) => {
  const { os = [platform], cpu = [arch] } = packages[`node_modules/${name}`];
  return [os].flat().includes(platform) && [cpu].flat().includes(arch) && !isThere(`../node_modules/${name}/package.json`);
});
if (missing.length > 0 && !(env["npm_config_omit"] ?? "").includes("optional")) {
  process.stderr.write(`Not installed: ${missing.join(", ")}. It can't be fetched, or isn't what package-lock.json says.\n`);
  process.exit(1);
}

const least = Number(/[0-9]+/.exec(engines.node)?.[0]);
const current = /node\/v([0-9.]+)/.exec(env["npm_config_user_agent"] ?? "")?.[1] ?? process.versions.node;
if (Number.parseInt(current, 10) < least) {
  const consequence = isThere("../node_modules/.bin/node")
    ? "its scripts use the newer one that package-lock.json names"
    : `install Node ${least}, since package-lock.json names none for ${platform}-${arch}`;
  process.stdout.write(`npm runs on Node ${current}, which is older than Node ${least}: ${consequence}.\n`);
}

/** @param {string} file */
function read(file) {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
}

/** @param {string} file */
function isThere(file) {
  return existsSync(new URL(file, import.meta.url));
}
