import { createFunction, logicalName } from "./functions.ts";
import { deadLetters, receivePermissions, startByMessages } from "./queue.ts";
import { reach } from "./resources.ts";
import { schedules } from "./routes.ts";
import { isPermanent } from "./stage.ts";

/**
 * The scheduled functions. Two kinds of failure end in the queue of dead letters: the scheduler can't start the function, or the
 * function fails in each attempt. The next run does the same work again, so that queue only informs operators.
 */
for (const schedule of schedules) {
  const { environment, permissions } = reach(schedule.touches);
  const created = createFunction({
    name: logicalName(schedule.function),
    handler: `functions/${schedule.function}.handler`,
    description: `${schedule.name}, ${schedule.schedule}`,
    timeout: "5 minutes",
    environment,
    permissions: [...permissions, { actions: ["sqs:SendMessage"], resources: [deadLetters.arn] }, ...(schedule.queue === undefined ? [] : receivePermissions)],
    failures: { queueArn: deadLetters.arn },
  });
  if (schedule.queue !== undefined) startByMessages(created.arn);
  new sst.aws.CronV2(logicalName(schedule.name), {
    function: created.arn,
    schedule: schedule.schedule,
    retries: 2,
    dlq: deadLetters.arn,
    // A sweep each minute would keep a preview's database awake around the clock, so in previews it is invoked by hand.
    enabled: isPermanent && !$dev,
  });
}
