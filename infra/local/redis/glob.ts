/** Redis's glob (`*`, `?`, `[a-c]`, `[^a]`, backslash) as a pattern over a whole key. */
export function globPattern(glob: string): RegExp {
  let source = "";
  for (let index = 0; index < glob.length; index += 1) {
    const character = glob.charAt(index);
    if (character === "*") {
      // Adjacent stars mean one; several in the pattern would make a mismatch slow.
      if (!source.endsWith(".*")) source += ".*";
    } else if (character === "?") {
      source += ".";
    } else if (character === "[") {
      const end = closingBracket(glob, index);
      source += characterClass(glob.slice(index + 1, end));
      index = end;
    } else {
      if (character === "\\" && index + 1 < glob.length) index += 1;
      source += literal(glob.charAt(index));
    }
  }
  return new RegExp(`^${source}$`, "s");
}

/** A bracket that isn't closed reaches to the end of the pattern, as in Redis. */
function closingBracket(glob: string, open: number): number {
  for (let index = open + 1; index < glob.length; index += 1) {
    if (glob.charAt(index) === "\\") index += 1;
    else if (glob.charAt(index) === "]") return index;
  }
  return glob.length;
}

function characterClass(content: string): string {
  const negated = content.startsWith("^");
  const members = negated ? content.slice(1) : content;
  // An empty class matches nothing, and an empty negated one anything, as in JavaScript.
  let source = "";
  for (let index = 0; index < members.length; index += 1) {
    if (members.charAt(index) === "\\" && index + 1 < members.length) index += 1;
    const from = members.charAt(index);
    if (members.charAt(index + 1) === "-" && index + 2 < members.length) {
      const to = members.charAt(index + 2);
      source += from <= to ? `${literal(from)}-${literal(to)}` : `${literal(to)}-${literal(from)}`;
      index += 2;
    } else {
      source += literal(from);
    }
  }
  return `[${negated ? "^" : ""}${source}]`;
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
}
