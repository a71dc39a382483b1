import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { documentReply } from "@licensing/core/http/entity-tag.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import * as z from "zod/mini";
import document from "./openapi.json" with { type: "json" };

export const contract = {
  summary: "Read this contract",
  description: "OpenAPI 3.1, built from the contracts that the service itself enforces.",
  permission: "public",
  replies: {
    200: { description: "The document.", body: z.looseObject({ openapi: z.string() }) },
    304: { description: "Your copy is current." },
  },
} as const satisfies Contract;

const reply = documentReply({ text: JSON.stringify(document), contentType: "application/json", maxAgeSeconds: 300 });

export const handler = endpoint(contract, ({ header }) => Promise.resolve(reply(header)));
