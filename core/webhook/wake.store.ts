import aws4 from "aws4";
import { describeError } from "../platform/describe-error.ts";
import { budgetMs } from "../platform/deadline.ts";
import type { Runtime } from "../platform/runtime.ts";

/** The longest time that a change waits for its hint. Without the hint the next minute's run delivers. */
const timeoutMs = 300;

/** The rows decide which deliveries are due. A message only starts a run sooner. */
const message = "deliveries wait";

type WakeOptions = {
  /** When the message is to arrive, in seconds, up to 900; 0, the default: at once. */
  readonly delaySeconds?: number;
};

/**
 * Tells the queue that deliveries wait: one `SendMessage` to SQS, signed with the function's own role (Signature Version 4).
 * Sends nothing without a queue, takes at most 300 ms and never throws: a lost hint only delays a delivery by up to a minute. It
 * must be awaited before the answer, because the process may freeze after it.
 */
export async function wakeDeliveries(runtime: Runtime, { delaySeconds = 0 }: WakeOptions = {}): Promise<void> {
  const { webhookQueueUrl, aws } = runtime.config;
  if (webhookQueueUrl === undefined || aws === undefined) return;
  try {
    const { origin, host } = new URL(webhookQueueUrl);
    const body = JSON.stringify({ QueueUrl: webhookQueueUrl, MessageBody: message, ...(delaySeconds === 0 ? {} : { DelaySeconds: delaySeconds }) });
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.SendMessage" };
    const signed = aws4.sign({ host, method: "POST", path: "/", service: "sqs", region: aws.region, headers, body }, aws.credentials);
    // `ifDead` isn't given, because finding out that a kept connection is dead would take all of the time.
    const sent = await runtime.transport.send({ url: `${origin}/`, method: "POST", headers: signed.headers as Record<string, string>, body, timeoutMs: budgetMs(timeoutMs) });
    if (sent.status !== 200) runtime.log.write("warn", failed, { reason: `status ${sent.status}` });
  } catch (error) {
    runtime.log.write("warn", failed, { error: describeError(error) });
  }
}

const failed = "Failed to wake webhook deliveries";
