import type { KeyCheck, SigningKey } from "../client/client.ts";
import { KeyFault } from "../keyring/key-fault.ts";
import { exitCodes, Failure } from "./failure.ts";
import { generateSigningKey, removeSigningKey } from "./own-keys.ts";
import type { Adding } from "./run.ts";
import { globalsOf, openSession } from "./session.ts";
import type { Session } from "./session.ts";
import { plain, print, table } from "./world.ts";

/** The commands about signing keys: those of the service, and two that need no service. */
export function addKeys({ command, world }: Adding): void {
  const keys = command("keys");
  keys
    .command("list", { isDefault: true })
    .description("list the signing keys and the findings of their last check")
    .action(async (_own, own) => {
      const session = openSession(world, globalsOf(own));
      show(session, await session.client.keys.list({ signal: world.signal }));
    });
  keys
    .command("check")
    .description("check them now, and take the steps of a rotation that are due")
    .action(async (_own, own) => {
      const session = openSession(world, globalsOf(own));
      show(session, await session.client.keys.check({ signal: world.signal }));
    });
  keys
    .command("compromise")
    .description("deny a key for good, and publish its licenses again, signed by another key")
    .argument("<kid>", "its kid")
    .requiredOption("--yes", "it can't be taken back")
    .action(async (kid: string, _own, own) => {
      const session = openSession(world, globalsOf(own));
      const denied = await session.client.keys.compromise(kid, { signal: world.signal });
      print(session, denied, () => `The key ${kid} is denied. \`licensing keys\` shows how far its licenses have been published again.`);
    });
  keys
    .command("generate")
    .description("print a new private key (PEM), which is stored nowhere; needs no service")
    .action((_own, own) => generateSigningKey({ print: world.out, tell: world.err }, isKeyJson(globalsOf(own))));
  keys
    .command("without")
    .description("print the input's private keys (PEM), all but one; needs no service")
    .argument("<kid>", "the kid of the key to leave out; after -- if it begins with a dash")
    .action(async (kid: string, _own, own) => {
      const pems = await world.readInput();
      try {
        removeSigningKey({ print: world.out, tell: world.err }, { kid, pems, json: isKeyJson(globalsOf(own)) });
      } catch (error) {
        throw error instanceof KeyFault ? new Failure(exitCodes.usage, error.message) : error;
      }
    });
}

/** Keys go to files, so they are PEM unless JSON is asked for. */
function isKeyJson({ json }: { readonly json?: boolean }): boolean {
  return json ?? false;
}

type Keys = { readonly data: readonly SigningKey[]; readonly check: KeyCheck | null };

function show(session: Session, { data, check }: Keys): void {
  const shown = () => table(data.map(({ kid, state, certificates, inSecret, createdAt }) =>
    ({ kid, state, certificates: String(certificates), secret: inSecret ? "in it" : "not in it", created: createdAt ?? "" })));
  const findings = () => (check?.findings ?? []).map(({ state, code, detail, kid }) => `  ${state} ${code}: ${plain(detail)}${kid === undefined ? "" : ` (${kid})`}`);
  print(session, { data, check }, () => [shown(), check === null ? "They have never been checked." : `Checked ${check.at}: ${check.state}`, ...findings()].join("\n"));
}
