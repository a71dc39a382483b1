import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Metafile } from "esbuild";

/** Licenses that allow their code in a package of ours, if their text goes with it. Another one has to be read first. */
const allowed = new Set(["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"]);

type Built = { readonly metafile: Metafile; /** The folder that the metafile's paths are relative to. */ readonly root: string };

/**
 * Writes the license of each package whose code is in a build into `file`, in the order of their names. Rejects for a package without a
 * license's text, and for a license that isn't known to allow this.
 */
export async function writeThirdParty({ metafile, root }: Built, file: string): Promise<void> {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs)).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const folders = new Set(inputs.flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(resolve(root, path)) ?? []));
  const sections = await Promise.all([...folders].map(sectionOf));
  await writeFile(file, `This package contains code of these packages, under their licenses.\n\n${sections.toSorted().join("\n")}`);
}

async function sectionOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { readonly name: string; readonly version: string; readonly license?: string };
  if (license === undefined || !allowed.has(license)) throw new Error(`${name} has the license ${license ?? "none"}: read it before its code is published.`);
  const own = (await readdir(folder)).find((each) => /^licen[cs]e(\.(md|txt))?$/i.test(each));
  const path = own === undefined ? commonText(name, license) : join(folder, own);
  return `=== ${name} ${version} (${license})\n\n${(await readFile(path, "utf8")).trim()}\n`;
}

/** The text of the Apache License, which is the same for every package. TypeScript ships it; some packages under it don't. */
function commonText(name: string, license: string): string {
  if (license !== "Apache-2.0") throw new Error(`${name} ships no text of its license, ${license}.`);
  return join(import.meta.dirname, "../../node_modules/typescript/LICENSE.txt");
}
