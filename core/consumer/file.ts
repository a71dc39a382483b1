import { readFile, stat } from "node:fs/promises";
import { readArmour } from "../certificate/armour.ts";
import { refuseOthers, requireText } from "./options.ts";
import { networkCauseOf, SourceError, type Source } from "./source.ts";

/** The path of the license file, or its text. */
export type FileOptions = { readonly path: string } | { readonly text: string };

/** A file in UTF-16 with every character escaped is as long. */
const bytesMax = 262_144;

/**
 * Reads a license file, for machines without a network. It is read again at each refresh, so a new file takes effect without a
 * restart. It needs no application secret, because it is signed but not encrypted. Throws TypeError for unusable options.
 */
export function fileSource(options: FileOptions): Source {
  const { path, text, ...others } = options as { readonly path?: unknown; readonly text?: unknown };
  if (text === undefined) requireText("path", path);
  else requireText("text", text);
  refuseOthers(others);
  const read: Source["read"] = async () => {
    const text = "text" in options ? options.text : await readBounded(options.path);
    return text === undefined ? undefined : contentOf(text);
  };
  return { format: "license-file", read };
}

function contentOf(text: string): string {
  const armour = readArmour(text);
  if (!armour.ok) throw new SourceError("MALFORMED");
  return armour.content;
}

async function readBounded(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).size > bytesMax) throw new SourceError("MALFORMED");
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof SourceError) throw error;
    if ((error as { code?: unknown } | null)?.code === "ENOENT") return undefined;
    throw new SourceError("UNREACHABLE", { cause: networkCauseOf(error), from: "license" });
  }
}

export { licenseIdOfFile } from "./license-id-of-file.ts";
