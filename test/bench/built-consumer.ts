import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The consumer's package, built for publishing into a folder that is removed at the end of the process. */
export function builtConsumer(): string {
  const folder = mkdtempSync(join(tmpdir(), "consumer-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  execFileSync(process.execPath, [join(root, "core/consumer/build.ts"), folder], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  return folder;
}
