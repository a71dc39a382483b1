import { readFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import type { Plugin } from "esbuild";
import { bundle } from "../../../infra/bundle/bundle.ts";
import { bundleOptions } from "../../../infra/bundle/options.ts";

/** A function to start: its bundle and its event. */
export type Contender = { readonly name: string; readonly bundle: string; readonly event: "license" | "bearer"; readonly kilobytes: number };

/** The contenders that a report reads by name. */
export const contenderNames = { validate: "validate, by license key" } as const;

const project = path.join(import.meta.dirname, "../../..");

/** Bundles the contenders into `folder`. The floor comes first. */
export async function bundleContenders(folder: string): Promise<readonly Contender[]> {
  const floor = await hello("hello-fetch", "hello world, one query over global fetch", folder);
  const agent = await hello("hello-agent", "hello world, one query over a keep-alive agent", folder);
  const driver = await hello("hello-driver", "hello world, one query by drizzle and the Neon driver over that agent", folder);
  const question = await hello("hello-question", "the same, asking what validate asks", folder);
  const validate = await bundle({ name: "licenses/validate", source: "functions/licenses/validate.ts" }, { project, folder });
  const kilobytes = Math.round(validate.bytes / 1024);
  const stock = await bundleStock(path.join(folder, "stock"));
  return [
    floor,
    agent,
    driver,
    question,
    { name: contenderNames.validate, bundle: validate.outfile, event: "license", kilobytes },
    { name: "validate, by token (Casbin decides)", bundle: validate.outfile, event: "bearer", kilobytes },
    { name: "validate, by license key, stock transports", bundle: stock, event: "license", kilobytes },
  ];
}

async function hello(file: string, name: string, folder: string): Promise<Contender> {
  const { outfile, bytes } = await bundle({ name: file, source: `test/bench/start-up/${file}.ts` }, { project, folder });
  return { name, bundle: outfile, event: "license", kilobytes: Math.round(bytes / 1024) };
}

/** The same function with `fetch` in place of our transport. */
async function bundleStock(outdir: string): Promise<string> {
  const entry = path.join(project, "functions/licenses/validate.ts");
  await build({ ...bundleOptions({ entry, outdir }), absWorkingDir: project, plugins: [stockTransport] });
  return path.join(outdir, "bundle.mjs");
}

const stockTransport: Plugin = {
  name: "stock-transport",
  setup: ({ onLoad }) => {
    onLoad({ filter: /core\/platform\/transport\.ts$/ }, () => ({
      contents: readFileSync(path.join(import.meta.dirname, "fetch-transport.ts"), "utf8"),
      loader: "ts",
    }));
  },
};
