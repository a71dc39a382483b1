import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import type { GeneratedFiles } from "./generated.ts";
import { writeGenerated } from "./generated.ts";
import type { Entry } from "./openapi-document.ts";
import { openApiDocument } from "./openapi-document.ts";
import type { JsonObject } from "./openapi-schemas.ts";
import { routes } from "./routes.ts";

/**
 * Writes the contents of the reference functions from the route table and the contracts: `openapi.json`, `paths.json` for
 * unmatched addresses, and the page. `--check` only compares.
 */
const root = new URL("../", import.meta.url);

/** Every row of the route table with its function's contract. Throws for a missing function or contract. */
export async function loadEntries(): Promise<readonly Entry[]> {
  return Promise.all(
    routes.map(async (route) => {
      const module = (await import(new URL(`functions/${route.function}.ts`, root).href)) as { readonly contract?: Contract };
      if (module.contract === undefined) throw new Error(`functions/${route.function}.ts exports no contract`);
      return { route, contract: module.contract };
    }),
  );
}

/** The expected files, by path in the repository. */
export async function referenceFiles(): Promise<GeneratedFiles> {
  const entries = await loadEntries();
  return {
    "functions/reference/openapi.json": format(openApiDocument(entries)),
    "functions/reference/paths.json": format(pathsOf(entries)),
    "functions/reference/docs.json": format(await docsPage()),
  };
}

function format(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function pathsOf(entries: readonly Entry[]): Readonly<Record<string, readonly string[]>> {
  const described = entries.filter(({ route }) => route.method !== "ANY");
  const byPath = Map.groupBy(described, ({ route }) => route.path);
  return Object.fromEntries([...byPath].map(([path, own]) => [path, own.flatMap(({ route }) => (route.method === "GET" ? ["GET", "HEAD"] : [route.method]))]));
}

/** One page with its style and script inside. Its policy allows these two by their digests, and nothing else. */
async function docsPage(): Promise<{ readonly contentSecurityPolicy: string; readonly html: string }> {
  const read = (name: string) => readFile(new URL(`infra/reference/${name}`, root), "utf8");
  const [template, style, script] = await Promise.all([read("docs.html"), read("docs.css"), read("docs.js")]);
  const digest = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return {
    contentSecurityPolicy: [
      "default-src 'none'",
      `style-src ${digest(style)}`,
      `script-src ${digest(script)}`,
      "connect-src 'self'",
      // For the empty icon: without one a browser requests /favicon.ico, which this policy forbids.
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    html: template.replace("<style></style>", () => `<style>${style}</style>`).replace("<script></script>", () => `<script>${script}</script>`),
  };
}

if (import.meta.main) {
  const files = await referenceFiles();
  // Imported here, because it loads the compiler, which the tests that import this file don't need.
  const { clientFiles } = await import("./client-files.ts");
  await writeGenerated({ ...files, ...(await clientFiles(JSON.parse(files["functions/reference/openapi.json"] ?? "") as JsonObject)) });
  // The console's page holds the client.
  const { consoleFiles } = await import("./console.ts");
  await writeGenerated(await consoleFiles());
}
