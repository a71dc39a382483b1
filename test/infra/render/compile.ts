import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";
import { build } from "esbuild";
import type { AppSettings, RenderRequest } from "./graph.ts";

/**
 * Compiles sst.config.ts as the command line does: once to ask for the app's settings, once with them defined.
 * Source: anomalyco/sst v4.17, pkg/js/js.go and pkg/project/run.go.
 */
const requireBanner = [
  "import { createRequire as topLevelCreateRequire } from 'module';",
  "const require = topLevelCreateRequire(import.meta.url);",
  'import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"',
  "const __filename = topLevelFileUrlToPath(import.meta.url)",
  'const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))',
].join("\n");

/** The result of `app()` for the stage. */
export async function evaluateApp(request: RenderRequest): Promise<AppSettings> {
  const outfile = join(request.work, "app.mjs");
  await build({
    stdin: {
      contents: `import config from "./sst.config.ts";\nexport default await config.app({ stage: ${JSON.stringify(request.stage)} });`,
      resolveDir: request.root,
      loader: "ts",
    },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2023",
    outfile,
    external: ["./infra/*"],
    banner: { js: `${requireBanner}\nfunction $config(input) { return input }` },
    plugins: [noTopLevelImports],
    logLevel: "silent",
  });
  const module = (await import(pathToFileURL(outfile).href)) as { default: AppSettings };
  return module.default;
}

/** Writes the program that Pulumi would run; `outfile` must be in the platform's folder, whose packages it imports. */
export async function compileProgram(request: RenderRequest, app: AppSettings, outfile: string): Promise<void> {
  const platform = join(request.sst, "platform");
  const paths = { home: request.work, root: request.root, work: request.work, platform };
  const cli = { command: request.dev ? "dev" : "deploy", dev: request.dev, paths, state: { version: {} } };
  await build({
    stdin: {
      contents: `import { run } from ${JSON.stringify(join(platform, "src/auto/run.ts"))};
        import config from ${JSON.stringify(join(request.root, "sst.config.ts"))};
        export default await run(config.run);`,
      resolveDir: request.root,
      loader: "ts",
    },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2023",
    mainFields: ["module", "main"],
    outfile,
    nodePaths: [join(platform, "node_modules")],
    inject: [join(platform, "src/shim/run.js")],
    define: { $app: JSON.stringify({ ...app, stage: request.stage }), $cli: JSON.stringify(cli), $dev: String(request.dev) },
    external: ["@pulumi/*", "@pulumiverse/*", "@sst-provider/*", "@upstash/pulumi", "@aws-sdk/*", "undici", "esbuild", "archiver", "glob", "vite"],
    banner: { js: requireBanner },
    plugins: [noTopLevelImports, providerGlobals(request)],
    logLevel: "silent",
  });
}

const noTopLevelImports: Plugin = {
  name: "no-top-level-imports",
  setup: (setup) => {
    setup.onResolve({ filter: /.*/ }, ({ importer, kind }) =>
      importer.endsWith("sst.config.ts") && kind === "import-statement"
        ? { errors: [{ text: "sst.config.ts must not import at the top level" }] }
        : undefined,
    );
  },
};

/** The CLI imports the providers and `sst` at the top of each of the user's files, so that they seem global. */
function providerGlobals({ root, sst }: RenderRequest): Plugin {
  const lock = JSON.parse(readFileSync(join(sst, "provider-lock.json"), "utf8")) as { alias: string; package: string }[];
  const imports = [
    ...lock.map((entry) => `import * as ${entry.alias} from "${entry.package}";`),
    `import * as sst from ${JSON.stringify(join(sst, "platform/src/components"))};`,
  ].join("");
  return {
    name: "provider-globals",
    setup: (setup) => {
      setup.onLoad({ filter: /\.ts$/ }, ({ path }) =>
        path.startsWith(root) && !path.startsWith(sst) ? { contents: imports + readFileSync(path, "utf8"), loader: "ts" } : undefined,
      );
    },
  };
}
