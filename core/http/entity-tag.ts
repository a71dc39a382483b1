import { hash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { accepted } from "./accept.ts";
import type { Reply } from "./reply.ts";

/** `etagc` of RFC 9110 §8.8.3: visible characters but no quotation mark. A comma is allowed. */
const tagPattern = /(?:W\/)?"[^\0-\x20"\x7f]*"/g;

/**
 * The entity tags of an `If-Match` or `If-None-Match` as they are written (`"7"`, `W/"7"`), or `*`; undefined if the header is
 * neither. Empty elements of the list are ignored (RFC 9110 §5.6.1.2).
 */
export function entityTagsFrom(header: string): readonly string[] | "*" | undefined {
  if (header.trim() === "*") return "*";
  const tags = header.match(tagPattern) ?? [];
  const between = header.replaceAll(tagPattern, "*").split(",").map((element) => element.trim()).filter((element) => element !== "");
  const isList = between.length === tags.length && between.every((element) => element === "*");
  return isList && tags.length > 0 ? tags : undefined;
}

/** Whether an `If-None-Match` names this entity tag. The comparison is weak (RFC 9110 §13.1.2). */
export function isHeld(etag: string, ifNoneMatch: string | undefined): boolean {
  const tags = entityTagsFrom(ifNoneMatch ?? "");
  return tags === "*" || tags?.some((tag) => tag.replace(/^W\//, "") === etag) === true;
}

/** A strong entity tag: a digest of the text. */
export function digestTag(text: string): string {
  return `"${hash("sha256", text, "base64url").slice(0, 22)}"`;
}

type Document = {
  readonly text: string;
  readonly contentType: string;
  readonly maxAgeSeconds: number;
  /** Whether its address names its content, so that a browser needn't ask again. */
  readonly isImmutable?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * Answers a document that is the same for every caller: 200, compressed if `Accept-Encoding` names gzip, or 304 if
 * `If-None-Match` names its entity tag (RFC 9110 §13.1.2). The compressed form has a tag of its own, because a strong tag
 * identifies bytes (§8.8.1).
 */
export function documentReply({ text, contentType, maxAgeSeconds, isImmutable = false, headers }: Document): (header: (name: string) => string | undefined) => Reply {
  const tag = digestTag(text);
  let gzipped: Uint8Array | undefined;
  return (header) => {
    const isGzipped = accepted(header("accept-encoding") ?? "identity", ["identity", "gzip"]) === "gzip";
    const etag = isGzipped ? tag.replace(/"$/, '.gzip"') : tag;
    const kept = { "cache-control": `public, max-age=${maxAgeSeconds}${isImmutable ? ", immutable" : ""}`, etag, vary: "accept-encoding" };
    if (isHeld(etag, header("if-none-match"))) return { status: 304, headers: kept };
    const own = { ...headers, ...kept, "content-type": contentType };
    if (!isGzipped) return { status: 200, body: text, headers: own };
    gzipped ??= gzipSync(text, { level: 9 });
    return { status: 200, body: gzipped, headers: { ...own, "content-encoding": "gzip" } };
  };
}
