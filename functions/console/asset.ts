import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { documentReply } from "@licensing/core/http/entity-tag.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";
import * as z from "zod/mini";
import built from "./built.json" with { type: "json" };

export const contract = {
  summary: "Read a part of the console",
  description: "Its script, its style or its icon. The name has a digest of the content, so it is kept for a year.",
  permission: "public",
  params: z.strictObject({ asset: z.string() }),
  replies: {
    200: { description: "The part.", contentType: ["text/javascript; charset=utf-8", "text/css; charset=utf-8", "image/svg+xml"], body: z.string() },
    304: { description: "Your copy is current." },
  },
} as const satisfies Contract;

const replies = new Map(built.assets.map(({ name, contentType, text }) => [name, documentReply({ text, contentType, maxAgeSeconds: 31_536_000, isImmutable: true })]));

export const handler = endpoint(contract, ({ params, header }) => {
  const reply = replies.get(params.asset) ?? throwProblem("not-found", { detail: "The console has no such part." });
  return Promise.resolve(reply(header));
});
