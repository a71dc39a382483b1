import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";

/** Every module that a file loads, by package or by path below core, and every import left to the runtime. */
async function loadedBy(file: string): Promise<{ readonly inside: readonly string[]; readonly outside: readonly string[] }> {
  const entry = fileURLToPath(new URL(`../../core/${file}`, import.meta.url));
  const { metafile } = await build({ entryPoints: [entry], bundle: true, write: false, metafile: true, format: "esm", platform: "node" });
  const inside = Object.keys(metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.replace(/^.*core\//, ""));
  const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  return { inside: [...new Set(inside)], outside: [...new Set(outside)] };
}

describe("the embeddable verifier", () => {
  test("loads on Node node:crypto, no package and no store", async () => {
    const { inside, outside } = await loadedBy("certificate/certificate.ts");
    expect(outside.toSorted()).toEqual(["node:buffer", "node:crypto"]);
    expect(inside.filter((path) => !/^(certificate|base)\/|^license\/status\.ts$/.test(path))).toEqual([]);
  });

  test.each(["certificate/crypto-portable.ts", "keyring/portable.ts"])("loads nothing of Node in %s", async (file) => {
    const { inside, outside } = await loadedBy(file);
    expect(outside).toEqual([]);
    expect(inside.filter((path) => !/^(base|certificate|keyring)\/|^license\/status\.ts$/.test(path) && path !== "@noble/ed25519")).toEqual([]);
    expect(inside.filter((path) => path.endsWith(".store.ts"))).toEqual([]);
  });
});
