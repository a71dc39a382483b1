"use strict";
/**
 * Shows the contract with Scalar's renderer: the guides first, then every operation with samples. The contract, the guides and the
 * renderer come from this origin, and nothing is stored. `guides` is put in by the build.
 */
// The renderer's zod would probe whether the policy allows `eval`, which is a violation.
globalThis.__zod_globalConfig = { jitless: true };
const shell = { shell: ["wget", "httpie"], python: ["python3", "httpx_sync", "httpx_async", "aiohttp"] };
const hidden = ["c", "clojure", "csharp", "dart", "fsharp", "go", "http", "java", "js", "kotlin", "node", "objc", "ocaml", "php", "powershell", "r", "ruby", "rust", "swift"];
const methods = ["get", "post", "put", "patch", "delete"];

function sampleOf(operation) {
  const [noun = ""] = operation.tags ?? [];
  const verb = operation.operationId.slice(noun.length);
  const inPath = (operation.parameters ?? []).filter(({ in: place }) => place === "path").map(({ name }) => name);
  const body = operation.requestBody?.content?.["application/json"];
  const example = body?.example ?? Object.values(body?.examples ?? {})[0]?.value;
  const given = [...inPath, ...(example === undefined ? [] : [JSON.stringify(example, null, 2)])];
  const call = `licensing.${noun}.${verb.charAt(0).toLowerCase()}${verb.slice(1)}(${given.join(", ")})`;
  const start = 'import { createClient } from "@licensing/client";\n\nconst licensing = createClient({ url, credentials: () => ({ token }) });\n';
  return { lang: "TypeScript", label: "TypeScript", source: `${start}const answer = await ${call};` };
}

function withSamples(document) {
  for (const operations of Object.values(document.paths)) {
    for (const method of methods) {
      const operation = operations[method];
      const answers = operation?.responses?.["200"]?.content ?? {};
      if (operation === undefined || "text/html; charset=utf-8" in answers || "text/javascript; charset=utf-8" in answers) continue;
      operation["x-codeSamples"] = [sampleOf(operation)];
    }
  }
  return { ...document, info: { ...document.info, description: `${document.info.description}\n\n${guides}` } };
}

async function show() {
  const response = await fetch("openapi.json");
  if (!response.ok) throw new Error(`The contract was answered with ${response.status}.`);
  const hiddenClients = { ...Object.fromEntries(hidden.map((name) => [name, true])), ...shell };
  globalThis.Scalar.createApiReference("#reference", {
    content: withSamples(await response.json()),
    hiddenClients,
    defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
    withDefaultFonts: false,
    telemetry: false,
    agent: { disabled: true },
    mcp: { disabled: true },
    showDeveloperTools: "never",
    hideClientButton: true,
    persistAuth: false,
    documentDownloadType: "none",
    authentication: { preferredSecurityScheme: "bearer" },
  });
}

// The renderer's script comes after this one, and both have run by then.
addEventListener("DOMContentLoaded", () => {
  show().catch((error) => {
    document.getElementById("reference").textContent = `The contract can't be shown: ${error.message}`;
  });
});
