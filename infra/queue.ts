import { keep } from "./stage.ts";

/**
 * The queues. Messages of `Webhooks` say that deliveries wait: a hint, since the rows in the database are the truth and the minute's
 * run finds them without one. So a lost message costs a minute, and a message that comes twice nothing.
 */
const deadLetterSeconds = 14 * 86_400;
/** A hint that is older than a few of the minute's runs says nothing that they don't know. */
const hintSeconds = 3600;
/** Three attempts fit into a hint's life, and AWS refuses less than the subscriber's own time. */
const hiddenMinutes = 15;
const attemptsMax = 3;
const messagesOfCallMax = 10;
/** Each subscriber sends many deliveries at a time; more of them would only wait for each other's addresses. */
const subscribersMax = 5;

export const deadLetters = new sst.aws.Queue(
  "ScheduleDeadLetters",
  {
    transform: {
      queue: (args) => {
        args.messageRetentionSeconds = deadLetterSeconds;
        args.sqsManagedSseEnabled = true;
      },
    },
  },
  keep,
);

export const webhookQueue = new sst.aws.Queue("Webhooks", {
  visibilityTimeout: `${hiddenMinutes} minutes`,
  dlq: { queue: deadLetters.arn, retry: attemptsMax },
  transform: {
    queue: (args) => {
      args.messageRetentionSeconds = hintSeconds;
      args.sqsManagedSseEnabled = true;
    },
  },
});

closeWithoutTls("ScheduleDeadLetters", deadLetters);
closeWithoutTls("Webhooks", webhookQueue);

function closeWithoutTls(name: string, queue: sst.aws.Queue): void {
  const refusal = { Sid: "OverTlsAlone", Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: queue.arn, Condition: { Bool: { "aws:SecureTransport": "false" } } };
  new aws.sqs.QueuePolicy(`${name}OverTls`, { queueUrl: queue.url, policy: $jsonStringify({ Version: "2012-10-17", Statement: [refusal] }) });
}

/** The permission of a function that changes licenses. A link would grant every action. */
export const sendPermissions = [{ actions: ["sqs:SendMessage"], resources: [webhookQueue.arn] }];

/** The permissions of the subscriber, which SST doesn't give to a function that it hasn't made itself. */
export const receivePermissions = [
  { actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"], resources: [webhookQueue.arn] },
];

/** Lets messages start the function. Its answer isn't read: a call that fails brings all of its messages back. */
export function startByMessages(subscriberArn: $util.Output<string>): void {
  webhookQueue.subscribe(subscriberArn, {
    batch: { size: messagesOfCallMax },
    transform: {
      eventSourceMapping: (args) => {
        args.scalingConfig = { maximumConcurrency: subscribersMax };
      },
    },
  });
}
