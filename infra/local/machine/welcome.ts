import { randomBytes } from "node:crypto";
import path from "node:path";
import { basePath } from "@licensing/core/http/address.ts";
import { machineTokens } from "./document.ts";
import type { Machine } from "./machine.ts";

/** The addresses, the credentials and lines to paste. */
export async function printWelcome(machine: Machine, data: string): Promise<void> {
  const { admin } = await machineTokens(machine);
  const url = `${machine.origin}${basePath}`;
  // Each holder gets a trial only once, so a restart over the same data needs another holder.
  const holder = `ada-${randomBytes(3).toString("hex")}`;
  process.stdout.write(`
Serving at ${url}
Console    ${url}/console
API page   ${url}/docs
Log        ${path.join(data, "service.log")}
Commands   ${path.join(data, "service.env")} holds the settings for npm run keys and audit:verify; README.md shows how
Consumers  ${path.join(data, "consumer.env")} holds the settings of a service that checks licenses; README.md shows one

export URL=${url}
export TOKEN=${admin}
export TOKEN_URL=${machine.issuer.tokenUrl}   # gives a token for any name and role

curl -s -H "Authorization: Bearer $TOKEN" "$URL/licenses"
curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' "$URL/licenses" \\
  -d '{"policy":"free-trial","holder":{"type":"user","id":"${holder}"}}'

README.md goes on from here. Stop with Ctrl-C.
`);
}
