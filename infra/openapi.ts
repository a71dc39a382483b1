import type { Contract } from "@licensing/core/endpoint/contract.ts";
import type { GeneratedFiles } from "./generated.ts";
import { writeGenerated } from "./generated.ts";
import type { Entry } from "./openapi-document.ts";
import { openApiDocument } from "./openapi-document.ts";
import { referenceScripts } from "./reference/assets.ts";
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

/**
 * The page, its policy and its scripts' names. The policy allows this origin alone; the renderer sets styles by attributes and draws icons
 * from `data:`.
 */
async function docsPage(): Promise<{ readonly contentSecurityPolicy: string; readonly html: string; readonly scripts: readonly string[] }> {
  const { renderer, page } = await referenceScripts();
  const scripts = [page.name, renderer.name];
  const policy = [
    "default-src 'none'", "script-src 'self'", "connect-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "font-src 'self' data:",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ];
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Licensing: the contract</title>
${scripts.map((name) => `<script src="docs/${name}" defer></script>`).join("\n")}
</head>
<body>
<div id="reference">Loading the contract …</div>
<noscript>This page needs JavaScript. The contract for programs is <a href="openapi.json">openapi.json</a>.</noscript>
</body>
</html>
`;
  return { contentSecurityPolicy: policy.join("; "), html, scripts };
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
