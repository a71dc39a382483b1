import { permanent } from "./deployment.ts";
import type { PermanentStage } from "./stages.ts";

/**
 * Warns when the AWS account's month is expected to cost more than the stage says. AWS knows costs by account (a tag would have
 * to be activated by hand first), so each of several stages in one account compares the whole account's cost.
 */
const percentOfForecast = 100;
const percentSpent = 80;

if (permanent !== undefined && permanent.alarmEmail !== null) warn(permanent, permanent.alarmEmail);

function warn({ aws: { budgetDollars } }: PermanentStage, email: string): void {
  const notify = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
    notificationType,
    threshold,
    thresholdType: "PERCENTAGE",
    comparisonOperator: "GREATER_THAN",
    subscriberEmailAddresses: [email],
  });
  new aws.budgets.Budget("Budget", {
    name: `${$app.name}-${$app.stage}`,
    budgetType: "COST",
    timeUnit: "MONTHLY",
    limitAmount: String(budgetDollars),
    limitUnit: "USD",
    notifications: [notify("FORECASTED", percentOfForecast), notify("ACTUAL", percentSpent)],
  });
}
