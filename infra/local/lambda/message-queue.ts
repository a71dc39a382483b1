import { createHash, randomUUID } from "node:crypto";
import * as z from "zod/mini";
import { jsonReply, serveLoopback, type LoopbackReply, type LoopbackRequest } from "../wire/loopback.ts";
import { isSignedBy, jsonOf, type Role } from "./signed-request.ts";

/** The messages of one call, as Lambda passes them to a queue's subscriber. */
export type Messages = { readonly Records: readonly { readonly messageId: string; readonly body: string }[] };

type MessageQueueOptions = {
  readonly role: Role;
  readonly region: string;
  /** Called with up to ten messages, one call at a time. Messages of a call that rejects are lost. */
  readonly deliver: (messages: Messages) => Promise<unknown>;
  /** 0, the default: any free port. */
  readonly port?: number;
  /** Calls a function after the given seconds, unless the returned function cancels it; default: by a timer. */
  readonly after?: (seconds: number, run: () => void) => () => void;
  /**
   * Replaces the queue's answer, for tests of a failing queue. Undefined: the queue's own answer. A promise: an answer that comes
   * later.
   */
  readonly trouble?: () => LoopbackReply | undefined | Promise<LoopbackReply | undefined>;
};

type MessageQueue = {
  /** The queue's URL, to which messages are sent. */
  readonly url: string;
  readonly received: () => number;
  /** Waits for the calls of all messages that have arrived so far. */
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const path = "/000000000000/webhooks";
const bodyBytesMax = 262_144;
const messagesOfCallMax = 10;
const delaySecondsMax = 900;
const question = z.strictObject({
  QueueUrl: z.string(),
  MessageBody: z.string().check(z.minLength(1)),
  DelaySeconds: z._default(z.int().check(z.minimum(0), z.maximum(delaySecondsMax)), 0),
});
type Question = z.output<typeof question>;

/**
 * The part of AWS's SQS that the service uses, on 127.0.0.1: `AmazonSQS.SendMessage`, signed by its one role (Signature Version 4),
 * at once or with a delay, and a subscriber that is called in this process. Errors have AWS's names and status.
 */
export async function startMessageQueue(options: MessageQueueOptions): Promise<MessageQueue> {
  const { after = byTimer } = options;
  const waiting: Messages["Records"][number][] = [];
  const delayed = new Set<() => void>();
  let received = 0;
  let calls = Promise.resolve();
  const callSubscriber = async (): Promise<void> => {
    const records = waiting.splice(0, messagesOfCallMax);
    if (records.length > 0) await options.deliver({ Records: records }).catch(() => undefined);
  };
  const delay = (seconds: number, arrive: () => void): void => {
    const cancel = after(seconds, () => {
      delayed.delete(cancel);
      arrive();
    });
    delayed.add(cancel);
  };
  const server = await serveLoopback({
    port: options.port ?? 0,
    bodyBytesMax,
    refusal: (message) => ({ __type: "com.amazonaws.sqs#InvalidMessageContents", message }),
    answer: async (request) => {
      const trouble = await options.trouble?.();
      const asked = trouble ?? questionOf(request, { ...options, url: `${server.origin}${path}` });
      if ("status" in asked) return asked;
      const { MessageBody: body, DelaySeconds: seconds } = asked;
      const messageId = randomUUID();
      const arrive = (): void => {
        waiting.push({ messageId, body });
        calls = calls.then(callSubscriber);
      };
      received += 1;
      if (seconds === 0) arrive();
      else delay(seconds, arrive);
      return jsonReply(200, { MessageId: messageId, MD5OfMessageBody: createHash("md5").update(body).digest("hex") });
    },
  });
  const close = async (): Promise<void> => {
    await server.close();
    for (const cancel of delayed) cancel();
    await calls;
  };
  return { url: `${server.origin}${path}`, received: () => received, idle: () => calls, close };
}

function byTimer(seconds: number, run: () => void): () => void {
  const timer = setTimeout(run, seconds * 1000);
  return () => clearTimeout(timer);
}

/** The message, or the refusal of a request that SQS would refuse. */
function questionOf(request: LoopbackRequest, { role, region, url }: Pick<MessageQueueOptions, "role" | "region"> & { readonly url: string }): Question | LoopbackReply {
  if (request.method !== "POST" || request.headers["x-amz-target"] !== "AmazonSQS.SendMessage") return failed("UnknownOperationException");
  if (!isSignedBy({ role, region, service: "sqs" }, request)) return failed("InvalidSignatureException", 403);
  const asked = question.safeParse(jsonOf(request.body));
  if (!asked.success) return failed("InvalidMessageContents");
  return asked.data.QueueUrl === url ? asked.data : failed("QueueDoesNotExist");
}

function failed(type: string, status = 400): LoopbackReply {
  return jsonReply(status, { __type: `com.amazonaws.sqs#${type}`, message: type });
}
