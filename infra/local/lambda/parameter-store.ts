import aws4 from "aws4";
import * as z from "zod/mini";
import { equalSecrets } from "../wire/equal-secrets.ts";
import { jsonReply, serveLoopback, type LoopbackReply, type LoopbackRequest } from "../wire/loopback.ts";

/** The credentials of the functions' role; in a deployment Lambda provides them. */
type Role = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };

type ParameterStoreOptions = {
  /** SecureStrings by name; looked up at each request, so that a caller may rotate them. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly role: Role;
  readonly region: string;
  /** 0, the default: any free port. */
  readonly port?: number;
  /** For tests of a failing store: the answer in place of its own; undefined: its own. */
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
  if (!isSigned(options, request)) return failed("InvalidSignatureException");
  const asked = question.safeParse(parsed(request.body));
  if (!asked.success) return failed("ValidationException");
  const value = options.parameters.get(asked.data.Name);
  return value === undefined ? failed("ParameterNotFound") : jsonReply(200, { Parameter: { Name: asked.data.Name, Type: "SecureString", Value: value } });
}

/** Whether the role signed this request: signing it again, at the time in its header, gives the same signature. */
function isSigned({ role, region }: ParameterStoreOptions, { headers, body }: LoopbackRequest): boolean {
  const signed = Object.fromEntries(["content-type", "x-amz-target", "x-amz-date"].map((name) => [name, String(headers[name])]));
  const expected = aws4.sign({ host: headers.host ?? "", method: "POST", path: "/", service: "ssm", region, headers: signed, body: body.toString("utf8") }, role);
  return equalSecrets(headers.authorization ?? "", String(expected.headers?.["Authorization"]));
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function failed(type: string): LoopbackReply {
  return jsonReply(400, { __type: type, message: type });
}
