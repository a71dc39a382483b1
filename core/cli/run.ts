import { Command, CommanderError } from "commander";
import { addAccess } from "./access.ts";
import { addApi } from "./api.ts";
import { addEvents } from "./events.ts";
import { addExport } from "./export.ts";
import { exitCodeOf, exitCodes, sentenceOf } from "./failure.ts";
import type { ExitCode } from "./failure.ts";
import { addImport } from "./import.ts";
import { addLicenses } from "./licenses.ts";
import { addPolicies } from "./policies.ts";
import { addVerbs } from "./verbs.ts";
import type { World } from "./world.ts";

/** Something that a command ends with; undefined: done. */
export type Ending = ExitCode | undefined;

/** The arguments of a function that adds commands to the program. */
export type Adding = { readonly program: Command; readonly world: World; readonly end: (code: Ending) => void };

/** Runs one command line, without the program's own name, and answers its exit code. Never rejects. */
export async function run(words: readonly string[], world: World): Promise<ExitCode> {
  let ending: ExitCode = exitCodes.done;
  const program = programOf({ world, end: (code) => (ending = code ?? exitCodes.done) });
  try {
    await program.parseAsync([...words], { from: "user" });
    return ending;
  } catch (error) {
    // Commander has printed its own message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (world.signal.aborted) return exitCodes.interrupted;
    world.err(`${sentenceOf(error)}\n`);
    return exitCodeOf(error);
  }
}

function programOf({ world, end }: Omit<Adding, "program">): Command {
  const program = new Command("licensing")
    .description("Find, change, import and follow licenses.")
    .option("--json", "print JSON, one line for an answer (the default unless a person sees the output)")
    .option("--no-json", "print for people")
    .option("--url <origin>", "the service, before LICENSING_URL and the profile")
    .option("--profile <name>", "a login of several, before LICENSING_PROFILE")
    .showSuggestionAfterError()
    .helpCommand(false)
    .configureOutput({ writeOut: world.out, writeErr: world.err })
    .exitOverride()
    .addHelpText("after", afterHelp);
  const adding: Adding = { program, world, end };
  for (const add of [addLicenses, addVerbs, addPolicies, addEvents, addImport, addExport, addApi, addAccess]) add(adding);
  // Commands inherit the settings that stood before they were added.
  return program;
}

const afterHelp = `
Environment:
  LICENSING_URL            the service's origin
  LICENSING_TOKEN          an access token; or LICENSING_CLIENT_ID and LICENSING_CLIENT_SECRET
  LICENSING_PROFILE        the login to use; \`licensing login\` makes one

Exit codes:
  0 done   1 failed   2 wrong usage, or a request with faults   3 done in part
  4 not logged in, or not allowed   5 not there   6 conflict   7 try later   130 interrupted`;
