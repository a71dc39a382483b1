import { Command, CommanderError } from "commander";
import { groups } from "./commands.ts";
import { exitCodeOf, exitCodes, sentenceOf } from "./failure.ts";
import type { ExitCode } from "./failure.ts";
import type { World } from "./world.ts";

/** The exit code that a command ends with; undefined: done. */
export type Ending = ExitCode | undefined;

/** The arguments of a module's function, which gives its commands their arguments, options and actions. */
export type Adding = {
  /** One of the commands that the table names. */
  readonly command: (name: string) => Command;
  readonly program: Command;
  readonly world: World;
  readonly end: (code: Ending) => void;
};

/** Runs one command line, without the program's own name, and answers its exit code. Never rejects. */
export async function run(words: readonly string[], world: World): Promise<ExitCode> {
  let ending: ExitCode = exitCodes.done;
  try {
    const program = await programOf(words, { world, end: (code) => (ending = code ?? exitCodes.done) });
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

/**
 * The program, with the name and the sentence of every command, and the full definition of those commands that the arguments may
 * call.
 */
async function programOf(words: readonly string[], { world, end }: Pick<Adding, "world" | "end">): Promise<Command> {
  const program = new Command("licensing")
    .description("Find, change, import and follow licenses.")
    .option("--json", "print JSON, one line per answer (the default unless the output is a terminal)")
    .option("--no-json", "print for people")
    .option("--url <origin>", "the service's origin; overrides LICENSING_URL and the profile")
    .option("--profile <name>", "the login to use; overrides LICENSING_PROFILE")
    .showSuggestionAfterError()
    .helpCommand(false)
    .configureOutput({ writeOut: world.out, writeErr: world.err })
    .exitOverride()
    .addHelpText("after", afterHelp);
  // Commands inherit the settings that stand before they are added.
  const named = new Map(groups.flatMap(({ commands }) => Object.entries(commands)).map(([name, about]) => [name, program.command(name).description(about)]));
  const command = (name: string): Command => {
    const found = named.get(name);
    if (found === undefined) throw new Error(`commands.ts has no ${name}`);
    return found;
  };
  const isCalled = (name: string) => words.includes(name) || words.includes("completion");
  for (const { load } of groups.filter(({ commands }) => Object.keys(commands).some(isCalled))) (await load())({ command, program, world, end });
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
