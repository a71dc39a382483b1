import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { assetReply } from "@licensing/core/http/assets.store.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";
import * as z from "zod/mini";

export const contract = {
  summary: "Read a script of this contract's page",
  description: "The page names its scripts, whose names change with their content, so that a browser keeps them for good.",
  permission: "public",
  params: z.strictObject({ asset: z.string().check(z.meta({ description: "The script's name.", examples: ["page.4cd210eb58de92c4.js"] })) }),
  replies: {
    200: { description: "The script, compressed.", contentType: "text/javascript; charset=utf-8", body: z.string() },
    304: { description: "Your copy is current." },
  },
  problems: ["not-found"],
} as const satisfies Contract;

/** Beside the bundle, as beside this file. */
const assets = { folder: new URL("./assets/", import.meta.url), contentTypes: { js: "text/javascript; charset=utf-8" } };

export const handler = endpoint(contract, async ({ params, header }) => (await assetReply(assets, { name: params.asset, header })) ?? throwProblem("not-found"));
