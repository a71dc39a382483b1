import type { Command } from "commander";
import { exitCodes, Failure } from "./failure.ts";
import type { Adding } from "./run.ts";

/** Adds the command that prints a shell's completions: of commands, of their own commands, and of options. */
export function addCompletion({ command, program, world }: Adding): void {
  command("completion")
    .argument("<shell>", "bash, zsh or fish")
    .action((shell: string) => {
      const write = Object.hasOwn(shells, shell) ? shells[shell as keyof typeof shells] : undefined;
      if (write === undefined) throw new Failure(exitCodes.usage, `${JSON.stringify(shell)} is not one of ${Object.keys(shells).join(", ")}.`);
      world.out(write(placesOf(program)));
    });
}

/** The words that may follow at a place: `seats` has `list` and `free`, and each of these its options. */
type Place = { readonly path: readonly string[]; readonly commands: readonly string[]; readonly options: readonly string[] };

function placesOf(command: Command, path: readonly string[] = [], inherited: readonly string[] = ["--help"]): readonly Place[] {
  const options = [...command.options.flatMap(({ long }) => (typeof long === "string" ? [long] : [])), ...inherited];
  const inner = command.commands.flatMap((each) => placesOf(each, [...path, each.name()], path.length === 0 ? options : inherited));
  return [{ path, commands: command.commands.map((each) => each.name()), options: [...new Set(options)] }, ...inner];
}

const shells = { bash: bashOf, zsh: (places: readonly Place[]) => `autoload -U +X bashcompinit && bashcompinit\n${bashOf(places)}`, fish: fishOf };

/** Options after a dash, else commands, else files. Options and their values between the commands are skipped. */
function bashOf(places: readonly Place[]): string {
  const inner = places.filter(({ path }) => path.length > 0).map(({ path }) => `    "${path.join(" ")}"`);
  const rows = places.map(({ path, commands, options }) => `    "${path.join(" ")}") commands="${commands.join(" ")}"; options="${options.join(" ")}" ;;`);
  return `_licensing() {
  local word="\${COMP_WORDS[COMP_CWORD]}" place="" commands options at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${place:+$place }\${COMP_WORDS[at]}" in
${inner.join("|\\\n")}) place="\${place:+$place }\${COMP_WORDS[at]}" ;;
    esac
  done
  case "$place" in
${rows.join("\n")}
  esac
  COMPREPLY=()
  if [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [[ -n "$commands" ]]; then COMPREPLY=($(compgen -W "$commands" -- "$word"))
  else COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _licensing licensing
`;
}

function fishOf(places: readonly Place[]): string {
  const seen = (path: readonly string[]) => path.map((word) => `__fish_seen_subcommand_from ${word}`);
  return `${places
    .flatMap(({ path, commands, options }) => {
      const none = commands.length === 0 ? [] : [`not __fish_seen_subcommand_from ${commands.join(" ")}`];
      const condition = [...seen(path), ...none].join("; and ");
      const here = condition === "" ? "" : ` -n "${condition}"`;
      return [
        ...(commands.length === 0 ? [] : [`complete -c licensing -f${here} -a "${commands.join(" ")}"`]),
        ...options.map((option) => `complete -c licensing${path.length === 0 ? "" : ` -n "${seen(path).join("; and ")}"`} -l ${option.slice(2)}`),
      ];
    })
    .join("\n")}\n`;
}
