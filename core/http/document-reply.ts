import type { Reply } from "./contract.ts";
import { digestTag, isHeld } from "./entity-tag.ts";

export type Document = {
  readonly text: string;
  readonly contentType: string;
  readonly maxAgeSeconds: number;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Answers a document that is the same for everybody: 200, or 304 to whoever names its entity tag (RFC 9110 §13.1.2). */
export function documentReply({ text, contentType, maxAgeSeconds, headers }: Document): (ifNoneMatch: string | undefined) => Reply {
  const etag = digestTag(text);
  const kept = { "cache-control": `public, max-age=${maxAgeSeconds}`, etag };
  return (ifNoneMatch) => {
    if (isHeld(etag, ifNoneMatch)) return { status: 304, headers: kept };
    return { status: 200, body: text, headers: { ...headers, ...kept, "content-type": contentType } };
  };
}
