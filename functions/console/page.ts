import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { documentReply } from "@licensing/core/http/entity-tag.ts";
import { once } from "@licensing/core/platform/once.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import * as z from "zod/mini";
import built from "./built.json" with { type: "json" };

export const contract = {
  summary: "Open the console",
  description: "The page for operators and holders. It loads nothing from elsewhere, and talks to this service and the identity provider alone.",
  permission: "public",
  replies: {
    200: { description: "The page.", contentType: "text/html; charset=utf-8", body: z.string() },
    304: { description: "Your copy is current." },
  },
  // The identity provider sends people back here with these. It may add others, which a client must ignore (RFC 6749 §4.1.2).
  query: z.catchall(
    z.object(Object.fromEntries(["code", "state", "iss", "session_state", "error", "error_description", "error_uri"].map((name) => [name, z.optional(z.string())]))),
    z.string().check(z.meta({ title: "others", description: "Parameters that the identity provider adds. They are ignored." })),
  ),
} as const satisfies Contract;

const policy = [
  "default-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

export const handler = endpoint(contract, ({ header }, runtime) => Promise.resolve(once(runtime, createReply)(header)));

/** The page with the policy of this deployment: both stay the same for as long as the process lives. */
function createReply({ config }: Runtime): ReturnType<typeof documentReply> {
  const { identity, login } = config;
  const { authorization = "", token = "", revocation = "" } = login.endpoints ?? {};
  const origins = new Set([identity?.issuer, authorization, token, revocation, ...login.connectOrigins].flatMap((text) => URL.parse(text ?? "")?.origin ?? []));
  return documentReply({
    text: built.html,
    contentType: "text/html; charset=utf-8",
    maxAgeSeconds: 0,
    headers: { "content-security-policy": [...policy, `connect-src 'self' ${[...origins].join(" ")}`.trim()].join("; "), "referrer-policy": "no-referrer", "cross-origin-opener-policy": "same-origin" },
  });
}
