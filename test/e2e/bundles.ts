import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { bundle } from "../../infra/bundle/bundle.ts";
import { targets } from "../../infra/bundle/targets.ts";
import { whenDone } from "../support/when-done.ts";

const project = path.join(import.meta.dirname, "../..");
const parallelMax = 4;

/** Bundles every function anew for the calling test file, so that it never runs an older build. Returns the folder. */
export async function buildBundles(): Promise<string> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-bundled-"));
  whenDone(() => rmSync(folder, { recursive: true, force: true }));
  const queue = targets.filter(({ source }) => existsSync(path.join(project, source)));
  const work = async () => {
    for (let target = queue.shift(); target !== undefined; target = queue.shift()) await bundle(target, { project, folder });
  };
  await Promise.all(Array.from({ length: parallelMax }, work));
  return folder;
}
