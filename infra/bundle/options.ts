import type { BuildOptions } from "esbuild";

/**
 * The bundler settings of SST 4.17 for a Node 24 function with `nodejs: { minify: true, splitting: true, esbuild: { keepNames:
 * false } }`, so that the bundles that are measured and run here equal the deployed ones byte for byte. esbuild must be 0.27.2,
 * the version inside SST. Source: anomalyco/sst v4.17, pkg/runtime/node/build.go.
 */
export type BundleRequest = {
  /** The handler's source file, absolute. */
  readonly entry: string;
  /** Absolute. Receives `bundle.mjs`, a chunk for each `import()`, and a source map beside each. */
  readonly outdir: string;
};

export function bundleOptions({ entry, outdir }: BundleRequest) {
  return {
    entryPoints: [entry],
    outdir,
    entryNames: "bundle",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "es2024",
    mainFields: ["module", "main"],
    keepNames: false,
    minify: true,
    sourcemap: "linked",
    external: ["sharp", "pg-native"],
    banner: { js: banner },
    metafile: true,
    logLevel: "silent",
  } as const satisfies BuildOptions;
}

/** The last line is empty: SST appends the app's own banner there, and this app has none. */
const banner = [
  "import { createRequire as topLevelCreateRequire } from 'module';",
  "const require = topLevelCreateRequire(import.meta.url);",
  'import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"',
  "const __filename = topLevelFileUrlToPath(import.meta.url)",
  'const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))',
  "",
].join("\n");
