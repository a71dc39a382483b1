import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { bundle } from "../../infra/bundle/bundle.ts";
import { isFinished, sourcesDigest } from "../../infra/bundle/finished-build.ts";
import { targets } from "../../infra/bundle/targets.ts";
import { whenDone } from "../support/when-done.ts";

const project = path.join(import.meta.dirname, "../..");
const functions = path.join(project, ".build/functions");
const parallelMax = 4;

/**
 * Puts every function's bundle into a folder of the calling test file's own: copies of the last build, or new bundles if its sources
 * have changed. Returns the folder.
 */
export async function buildBundles(): Promise<string> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-bundled-"));
  whenDone(() => rmSync(folder, { recursive: true, force: true }));
  if (isFinished({ project, functions, dist: path.join(project, "core/consumer/dist") }, sourcesDigest(project))) {
    cpSync(functions, folder, { recursive: true, filter: (name) => !name.endsWith(".map") });
    return folder;
  }
  const queue = targets.filter(({ source }) => existsSync(path.join(project, source)));
  const work = async () => {
    for (let target = queue.shift(); target !== undefined; target = queue.shift()) await bundle(target, { project, folder });
  };
  await Promise.all(Array.from({ length: parallelMax }, work));
  return folder;
}
