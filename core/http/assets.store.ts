import { readFile } from "node:fs/promises";
import { accepted } from "./accept.ts";
import { digestTag, isHeld } from "./entity-tag.ts";
import type { Reply } from "./reply.ts";

/** Files that the build compresses and puts beside a function: each as `<name>.br` and `<name>.gz`. */
type Assets = { readonly folder: URL; readonly contentTypes: Readonly<Record<string, string>> };

type Wanted = { readonly name: string; readonly header: (name: string) => string | undefined };

const codings = { br: "br", gzip: "gz" } as const;

/**
 * Answers the file `name` compressed, by `Accept-Encoding`, or 304; undefined if there is no such file. Its name has a digest of its
 * content, so a browser keeps it for a year and never asks again. The content type is that of the name's ending.
 */
export async function assetReply({ folder, contentTypes }: Assets, { name, header }: Wanted): Promise<Reply | undefined> {
  const contentType = contentTypes[/\.([a-z0-9]+)$/.exec(name)?.[1] ?? ""];
  if (contentType === undefined || !/^[\w-]+(?:\.[\w-]+)+$/.test(name)) return undefined;
  // The file is stored only in these encodings. Every browser accepts gzip.
  const asked = header("accept-encoding") ?? "";
  const coding = asked.includes("br") ? accepted(asked, ["br", "gzip"]) : "gzip";
  const etag = digestTag(`${name} ${coding}`);
  const kept = { "cache-control": "public, max-age=31536000, immutable", etag, vary: "accept-encoding" };
  const bytes = await read(new URL(`${name}.${codings[coding]}`, folder));
  if (bytes === undefined) return undefined;
  if (isHeld(etag, header("if-none-match"))) return { status: 304, headers: kept };
  return { status: 200, body: bytes, headers: { ...kept, "content-type": contentType, "content-encoding": coding } };
}

async function read(file: URL): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch {
    return undefined;
  }
}
