import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { documentReply } from "@licensing/core/http/entity-tag.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import * as z from "zod/mini";
import page from "./docs.json" with { type: "json" };

export const contract = {
  summary: "Read this contract as a page",
  description: "A page that shows the contract and can try its routes. It loads no external resources.",
  permission: "public",
  replies: {
    200: { description: "The page.", contentType: "text/html; charset=utf-8", body: z.string() },
    304: { description: "Your copy is current." },
  },
} as const satisfies Contract;

const reply = documentReply({
  text: page.html,
  contentType: "text/html; charset=utf-8",
  maxAgeSeconds: 300,
  headers: { "content-security-policy": page.contentSecurityPolicy, "referrer-policy": "no-referrer" },
});

export const handler = endpoint(contract, ({ header }) => Promise.resolve(reply(header)));
