import { csvOf } from "../base/csv.ts";
import type { Reply } from "../client/client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { licenseOf } from "./license-of.ts";
import { wholeNumber } from "./option-values.ts";
import type { Adding } from "./run.ts";
import { globalsOf, openSession } from "./session.ts";
import { plain, print, table } from "./world.ts";

type UsageOptions = { readonly month?: string; readonly csv?: boolean };
const periodColumns = ["licenseId", "holderType", "holderId", "policy", "meter", "periodStart", "periodEndsAt", "used", "limit"] as const;

/** The commands about meters, and the service's summary. */
export function addUsage({ command, world }: Adding): void {
  const usage = command("usage")
    .argument("[license]", "an id, or a text that names one license; absent: every license's use, for billing")
    .option("--month <YYYY-MM>", "without a license: periods that began in this month (UTC)")
    .option("--csv", "without a license: print CSV")
    .action(async (text: string | undefined, { month, csv }: UsageOptions, own) => {
      const session = openSession(world, globalsOf(own));
      const { client } = session;
      const { signal } = world;
      if (text !== undefined) {
        if (month !== undefined || csv === true) throw new Failure(exitCodes.usage, "--month and --csv go without a license.");
        const { data } = await client.usage.listOfLicense((await licenseOf(client, text)).id, { signal });
        return print(session, data, () => table(data.map(({ meter, used, limit, overage, remaining, periodEndsAt }) =>
          ({ meter, used: String(used), limit: String(limit ?? "∞"), overage: String(overage ?? "∞"), remaining: String(remaining ?? "∞"), "period ends": periodEndsAt ?? "never" }))));
      }
      const all = await Array.fromAsync(client.usage.list({ ...(month === undefined ? {} : { period: month }), limit: 100 }, { signal }));
      if (csv === true) return world.out(csvOf(periodColumns, all.map((row) => periodColumns.map((name) => (row[name] === null ? null : String(row[name]))))));
      print(session, all, () => table(all.map(({ licenseId, holderId, policy, meter, periodStart, used, limit }) =>
        ({ license: licenseId, holder: plain(holderId), policy, meter, "period from": periodStart, used: String(used), limit: String(limit ?? "∞") }))));
    });
  usage
    .command("correct")
    .description("set a meter's count in the current period")
    .argument("<license>", "an id, or a text that names one license")
    .argument("<meter>", "its code")
    .argument("<used>", "the right count", wholeNumber)
    .option("--reason <text>", "the reason, for the audit trail")
    .action(async (text: string, meter: string, used: number, { reason }: { reason?: string }, own) => {
      const session = openSession(world, globalsOf(own));
      const { id } = await licenseOf(session.client, text);
      const corrected = await session.client.usage.correct(id, meter, { used, ...(reason === undefined ? {} : { reason }) }, { signal: world.signal });
      print(session, corrected, () => `${meter} of ${id} counts ${corrected.usage.used} now.`);
    });
  command("statistics").action(async (_own, own) => {
    const session = openSession(world, globalsOf(own));
    const figures = await session.client.statistics.read({ signal: world.signal });
    print(session, figures, () => sentences(figures).join("\n"));
  });
}

function sentences({ asOf, licenses, seats, attention }: Reply<"statisticsRead">): readonly string[] {
  if (asOf === null) return ["The first summary isn't written yet."];
  const expiring = licenses.expiring.reduce((sum, { count }) => sum + count, 0);
  return [
    `As of ${asOf}`,
    `Licenses:   ${licenses.total} (${Object.entries(licenses.byStatus).map(([status, count]) => `${count} ${status}`).join(", ")})`,
    `Expiring:   ${expiring} within 90 days, ${attention.expiringSoon} of them within 30`,
    `Seats:      ${seats.open} in use; active licenses without a free one: ${attention.full}`,
    `Attention:  failing webhooks: ${attention.failingWebhooks}, findings of the keys: ${attention.keyFindings}`,
  ];
}
