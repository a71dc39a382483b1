import { basePath } from "../routes.ts";
import { machineTokens } from "./document.ts";
import type { Machine } from "./machine.ts";

/** Where it is, how to be let in, and lines to paste. */
export async function printWelcome(machine: Machine, data: string): Promise<void> {
  const { admin } = await machineTokens(machine);
  const url = `${machine.origin}${basePath}`;
  process.stdout.write(`
Serving at ${url}
API page   ${url}/docs
Log        ${data}/service.log

export TOKEN=${admin}

curl -s -H "Authorization: Bearer $TOKEN" ${url}/licenses
curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"policy":"free-trial","holder":{"type":"user","id":"ada"}}' ${url}/licenses
curl -s -H "Authorization: License <the key you were given>" -H 'Content-Type: application/json' \\
  -d '{"fingerprint":"my-laptop-0001"}' ${url}/licenses/validate

Stop with Ctrl-C.
`);
}
