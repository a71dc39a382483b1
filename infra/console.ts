import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import type { GeneratedFiles } from "./generated.ts";

/**
 * Bundles the console's page from `functions/console/source` into `functions/console/built.json`, which its two functions
 * answer from.
 */
const source = new URL("../functions/console/source/", import.meta.url);

type Asset = { readonly name: string; readonly contentType: string; readonly text: string };

/** The expected file, by its path in the repository. */
export async function consoleFiles(): Promise<GeneratedFiles> {
  const { html, assets } = await buildConsole();
  return { "functions/console/built.json": `${JSON.stringify({ html, assets }, null, 2)}\n` };
}

async function buildConsole(): Promise<{ readonly html: string; readonly assets: readonly Asset[] }> {
  const read = (name: string) => readFile(new URL(name, source), "utf8");
  const script = asset("console", "js", "text/javascript; charset=utf-8", await bundled("main.tsx"));
  const style = asset("console", "css", "text/css; charset=utf-8", await bundled("look.css"));
  const icon = asset("icon", "svg", "image/svg+xml", await read("icon.svg"));
  const page = await read("page.html");
  const html = page.replace("{script}", script.name).replace("{style}", style.name).replace("{icon}", icon.name);
  return { html, assets: [script, style, icon] };
}

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await buildEntry(entry);
  return outputFiles[0]?.text ?? "";
}

/** The files that the script is made of, by their paths in the repository. */
export async function filesOfScript(): Promise<readonly string[]> {
  const { metafile } = await buildEntry("main.tsx");
  return Object.keys(metafile.inputs);
}

function buildEntry(entry: string) {
  return build({
    entryPoints: [new URL(entry, source).pathname],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    tsconfig: new URL("tsconfig.json", source).pathname,
    write: false,
    metafile: true,
    absWorkingDir: new URL("..", import.meta.url).pathname,
    legalComments: "none",
    logLevel: "silent",
  });
}

/** Named for its content, so that a browser may keep it for ever. */
function asset(stem: string, ending: string, contentType: string, text: string): Asset {
  return { name: `${stem}.${createHash("sha256").update(text).digest("hex").slice(0, 16)}.${ending}`, contentType, text };
}
