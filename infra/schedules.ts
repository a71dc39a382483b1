import { createFunction, logicalName } from "./functions.ts";
import { reach } from "./resources.ts";
import { schedules } from "./routes.ts";
import { isPermanent, keep } from "./stage.ts";

/**
 * The scheduled functions. Two kinds of failure end in one queue: the scheduler can't start the function, or the function fails
 * in each attempt. The next run does the same work again, so the queue only informs operators.
 */
const deadLetterSeconds = 14 * 86_400;

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

for (const schedule of schedules) {
  const { environment, permissions } = reach(schedule.touches);
  const created = createFunction({
    name: logicalName(schedule.function),
    handler: `functions/${schedule.function}.handler`,
    description: `${schedule.name}, ${schedule.schedule}`,
    timeout: "5 minutes",
    environment,
    permissions: [...permissions, { actions: ["sqs:SendMessage"], resources: [deadLetters.arn] }],
    failures: { queueArn: deadLetters.arn },
  });
  new sst.aws.CronV2(logicalName(schedule.name), {
    function: created,
    schedule: schedule.schedule,
    retries: 2,
    dlq: deadLetters.arn,
    // A sweep each minute would keep a preview's database awake around the clock, so in previews it is invoked by hand.
    enabled: isPermanent && !$dev,
  });
}
