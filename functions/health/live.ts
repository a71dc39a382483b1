import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";

const contentType = "application/health+json";

export const contract = {
  summary: "Check that the process answers",
  permission: "public",
  replies: { 200: { description: "The process answers.", contentType, body: z.strictObject({ status: z.literal("pass") }) } },
} as const satisfies Contract;

export const handler = endpoint(contract, () =>
  Promise.resolve({ status: 200, body: { status: "pass" }, headers: { "content-type": contentType } }),
);
