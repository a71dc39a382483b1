import * as z from "zod/mini";
import { jsonReply, serveLoopback, type LoopbackReply, type LoopbackRequest } from "../wire/loopback.ts";
import { isSignedBy, jsonOf, type Role } from "./signed-request.ts";

type ParameterStoreOptions = {
  /** SecureStrings by name; looked up at each request, so that a caller may rotate them. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly role: Role;
  readonly region: string;
  /** 0, the default: any free port. */
  readonly port?: number;
  /** Replaces the store's answer, for tests of a failing store. Undefined: the store's own answer. */
  readonly trouble?: () => LoopbackReply | undefined;
};

type ParameterStore = { readonly url: string; readonly requests: () => number; readonly close: () => Promise<void> };

const bodyBytesMax = 8_192;
const question = z.strictObject({ Name: z.string(), WithDecryption: z.literal(true) });

/**
 * The part of AWS's parameter store that the service uses, on 127.0.0.1: `AmazonSSM.GetParameter` with decryption, signed by its one
 * role (Signature Version 4). Errors have AWS's names and status.
 */
export async function startParameterStore(options: ParameterStoreOptions): Promise<ParameterStore> {
  let requests = 0;
  const server = await serveLoopback({
    port: options.port ?? 0,
    bodyBytesMax,
    refusal: (message) => ({ __type: "ValidationException", message }),
    answer: (request) => {
      requests += 1;
      return options.trouble?.() ?? answer(options, request);
    },
  });
  return { url: server.origin, requests: () => requests, close: server.close };
}

function answer(options: ParameterStoreOptions, request: LoopbackRequest): LoopbackReply {
  if (request.method !== "POST" || request.headers["x-amz-target"] !== "AmazonSSM.GetParameter") return failed("UnknownOperationException");
  if (!isSignedBy({ ...options, service: "ssm" }, request)) return failed("InvalidSignatureException");
  const asked = question.safeParse(jsonOf(request.body));
  if (!asked.success) return failed("ValidationException");
  const value = options.parameters.get(asked.data.Name);
  return value === undefined ? failed("ParameterNotFound") : jsonReply(200, { Parameter: { Name: asked.data.Name, Type: "SecureString", Value: value } });
}

function failed(type: string): LoopbackReply {
  return jsonReply(400, { __type: type, message: type });
}
