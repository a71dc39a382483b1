import { isUtf8 } from "node:buffer";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { refuse } from "../problem/problem.ts";
import { parseJson } from "./json.ts";

export const bodyBytesMax = 65_536;

/** `application/json`, with no parameter but `charset=utf-8`. */
const jsonPattern = /^application\/json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i;

/**
 * The request's JSON, or undefined when there is no body at all.
 * Throws: unsupported-media-type, payload-too-large (over `bodyBytesMax`, decoded), malformed-request.
 */
export function readBody(event: APIGatewayProxyEventV2): unknown {
  const body = event.body ?? "";
  if (body === "") return undefined;
  if (!jsonPattern.test((event.headers["content-type"] ?? "").trim())) {
    refuse("unsupported-media-type", { detail: "Send the body as application/json in UTF-8." });
  }
  const encoding = event.headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    refuse("unsupported-media-type", { detail: "Send the body without a content encoding." });
  }
  const parsed = parseJson(event.isBase64Encoded === true ? decodeBody(body) : checkBody(body));
  if ("fault" in parsed) refuse("malformed-request", { detail: "The body is not acceptable JSON.", errors: [parsed.fault] });
  return parsed.value;
}

/** The gateway hands on as base64 what it doesn't take for text, so this is where broken UTF-8 arrives. */
function decodeBody(body: string): string {
  const bytes = Buffer.from(body, "base64");
  if (bytes.length > bodyBytesMax) refuseSize();
  if (!isUtf8(bytes)) refuse("malformed-request", { errors: [{ pointer: "", detail: "is not valid UTF-8" }] });
  return bytes.toString("utf8");
}

function checkBody(body: string): string {
  if (body.length > bodyBytesMax || Buffer.byteLength(body, "utf8") > bodyBytesMax) refuseSize();
  return body;
}

function refuseSize(): never {
  refuse("payload-too-large", { detail: `The body may have at most ${bodyBytesMax} bytes.` });
}
