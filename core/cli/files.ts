import { readRequest } from "../consumer/license-request.ts";
import { fileText, writeText } from "./file-text.ts";
import { exitCodes, Failure } from "./failure.ts";
import { licenseOf, nameOf } from "./license-of.ts";
import type { Adding, Ending } from "./run.ts";
import { globalsOf, isJson, openSession } from "./session.ts";
import type { VerifyOptions } from "./verify.ts";
import { print } from "./world.ts";
import type { World } from "./world.ts";

type FileOptions = { readonly request?: string; readonly fingerprint?: string; readonly lifetime?: string; readonly name?: string; readonly out?: string };

/** The commands about license files: to make one, and to verify one. */
export function addFiles({ command, world, end }: Adding): void {
  command("file")
    .argument("<license>", "an id, or a text that names one license")
    .option("--request <file>", "the text of a machine's request, for a file for that machine alone; - reads it from the input")
    .option("--fingerprint <fingerprint>", "a file for this machine alone, which takes a seat")
    .option("--lifetime <duration>", "how long it lasts, e.g. P30D (default: the longest that the policy allows)")
    .option("--name <name>", "the seat's name, if one is taken")
    .option("--out <file>", "where the file goes; absent: the output")
    .action(async (text: string, options: FileOptions, own) => {
      const session = openSession(world, globalsOf(own));
      const fingerprint = await machineOf(world, options);
      const { lifetime, name, out } = options;
      const { id } = await licenseOf(session.client, text);
      const body = { ...(fingerprint === undefined ? {} : { fingerprint }), ...(lifetime === undefined ? {} : { lifetime }), ...(name === undefined ? {} : { name }) };
      const made = await session.client.licenses.file(id, body, { signal: world.signal });
      if (out !== undefined) writeText(out, made.file);
      world.err(`A file of ${nameOf(made.license)}${fingerprint === undefined ? "" : `, for the machine ${fingerprint} alone`}. It lasts until ${made.expiresAt}.\n`);
      if (out === undefined) print(session, made, () => made.file.trimEnd());
      else print(session, { ...made, file: out }, () => `Written to ${out}.`);
    });
  command("verify")
    .argument("<file>", "the license file; - reads it from the input")
    .option("--key <file>", "the public key: one or more PEM blocks")
    .option("--jwks <file or url>", "the service's key set, in place of --key")
    .option("--fingerprint <fingerprint>", "the machine that must hold a seat; needed for a file for one machine")
    .option("--id <license>", "the license that it must be about")
    .option("--audience <name>", "the audience that it must be for")
    .addHelpText("after", verifyHelp)
    .action(async (file: string, options: VerifyOptions, own) => end(await verify(world, { file, ...options, json: isJson(world, globalsOf(own)) })));
}

const verifyHelp = `
The answer is one line: the verdict, its code, and a sentence that says why.
Exit code 0: the license may be used; 1: the file is genuine and the license is denied (suspended, revoked, expired, not started, another machine);
2: the answer could not be determined (usage, files); 3: the file is not genuine; 4: it is genuine and too old, or from the future;
5: it is about another license or for another audience.`;

async function machineOf({ readInput }: World, { request, fingerprint }: FileOptions): Promise<string | undefined> {
  if (request === undefined) return fingerprint;
  if (fingerprint !== undefined) throw new Failure(exitCodes.usage, "Name the machine by --request or by --fingerprint, not both.");
  const read = readRequest(request === "-" ? await readInput() : fileText(request));
  if (read === undefined) throw new Failure(exitCodes.usage, "The text is no machine's request, or was changed on the way. Ask for the whole text, from BEGIN LICENSE REQUEST to its end.");
  return read.fingerprint;
}

type Verifying = VerifyOptions & { readonly file: string; readonly json: boolean };

async function verify(world: World, { file, json, ...options }: Verifying): Promise<Ending> {
  if ((options.key === undefined) === (options.jwks === undefined)) throw new Failure(exitCodes.usage, "Name the public key by --key, or the service's key set by --jwks.");
  const { verifyText } = await import("./verify.ts");
  const text = file === "-" ? await world.readInput() : fileText(file);
  const { code, says, document } = await verifyText(text, options, world.now().getTime()).catch((error: unknown) => {
    throw new Failure(exitCodes.usage, error instanceof Error ? error.message : "The keys can't be read.");
  });
  print({ world, json }, document, () => says);
  return code;
}
