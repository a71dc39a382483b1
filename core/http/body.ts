import { isUtf8 } from "node:buffer";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { throwProblem } from "../problem/problem.ts";
import { parseJson, type Parsed } from "./json.ts";

/** Whether requests of this method have a body, and so an `Idempotency-Key`. */
export function takesBody(method: string): boolean {
  return method === "POST" || method === "PUT" || method === "PATCH";
}

const bodyBytesMax = 65_536;

/** `application/json`, with no parameter but `charset=utf-8`. */
const jsonPattern = /^application\/json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i;

/**
 * The request's JSON, undefined if there is no body, or the faults of an unreadable body. Throws unsupported-media-type, and
 * payload-too-large if the decoded body exceeds `bodyBytesMax`.
 */
export function readBody(event: APIGatewayProxyEventV2): Parsed {
  const body = event.body ?? "";
  if (body === "") return { value: undefined };
  if (!jsonPattern.test((event.headers["content-type"] ?? "").trim())) {
    throwProblem("unsupported-media-type", { detail: "Send the body as application/json in UTF-8." });
  }
  const encoding = event.headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throwProblem("unsupported-media-type", { detail: "Send the body without a content encoding." });
  }
  const text = event.isBase64Encoded === true ? decodeBody(body) : checkBody(body);
  return text === undefined ? { faults: [{ pointer: "", detail: "is not valid UTF-8" }] } : parseJson(text);
}

/** The gateway encodes a body that isn't text as base64. Undefined: the body isn't UTF-8. */
function decodeBody(body: string): string | undefined {
  const bytes = Buffer.from(body, "base64");
  if (bytes.length > bodyBytesMax) refuseSize();
  return isUtf8(bytes) ? bytes.toString("utf8") : undefined;
}

function checkBody(body: string): string {
  if (body.length > bodyBytesMax || Buffer.byteLength(body, "utf8") > bodyBytesMax) refuseSize();
  return body;
}

function refuseSize(): never {
  throwProblem("payload-too-large", { detail: `The body may have at most ${bodyBytesMax} bytes.` });
}
