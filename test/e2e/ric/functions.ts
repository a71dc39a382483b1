import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { bundle } from "../../../infra/bundle/bundle.ts";
import { routes } from "../../../infra/routes.ts";
import type { Route } from "../../../infra/routes.ts";

const project = path.join(import.meta.dirname, "../../..");

/** The functions of the main job, and a few special ones. */
const names: ReadonlySet<string> = new Set([
  "health/live", "health/ready", "keys/jwks", "policies/create", "licenses/issue", "licenses/validate", "licenses/read", "licenses/suspend",
  "licenses/certificate", "licenses/list", "activations/activate", "activations/deactivate", "events/list-of-license", "reference/unmatched",
]);
export const table: readonly Route[] = routes.filter((route) => names.has(route.function));

/** A test function that obeys its request, to observe the platform's reaction. */
const probe = `
export const handler = async (event, context) => {
  switch (event.rawPath) {
    case "/probe/throw": throw new TypeError("on purpose");
    case "/probe/end": process.exit(3);
    case "/probe/context": return { statusCode: 200, body: JSON.stringify({
      requestId: context.awsRequestId, name: context.functionName, remainingMs: context.getRemainingTimeInMillis(),
      environment: Object.keys(process.env).filter((name) => name.startsWith("APP_ENV_")) }) };
    default: return { statusCode: 200, body: "{}" };
  }
};
`;
export const probes: readonly Route[] = [
  { method: "GET", path: "/probe/{what}", function: "probe/probe", touches: ["key-pepper"] },
  { method: "GET", path: "/broken", function: "probe/broken", touches: [] },
  { method: "GET", path: "/callback", function: "probe/callback", touches: [] },
];

/** Bundles all of them into a folder of its own, which `remove` deletes. */
export async function buildFunctions(): Promise<{ readonly folder: string; readonly remove: () => void }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-ric-"));
  for (const { function: name } of table) {
    const source = `functions/${name}.ts`;
    if (!existsSync(path.join(project, source))) throw new Error(`not there: ${source}`);
    await bundle({ name, source }, { project, folder });
  }
  write(folder, "probe/probe", probe);
  write(folder, "probe/broken", 'throw new RangeError("at the start");');
  write(folder, "probe/callback", "export const handler = (event, context, callback) => callback(null, {});");
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function write(folder: string, name: string, code: string): void {
  mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, name, "bundle.mjs"), code);
}
