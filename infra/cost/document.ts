import type { Line } from "./estimate.ts";
import { assumed, changes, counts, deliveries, fixedPlan, grouped, refreshing, standing, total, validations } from "./estimate.ts";
import type { Price } from "./prices.ts";
import { prices } from "./prices.ts";

/** The content of COST.md. Every figure in a table is computed; `npm run cost` writes it. */
export function costDocument(): string {
  return [intro, priceTable(), validationPart(), changePart(), deliveryPart(), refreshPart(), consumerPart, standingPart(), decided()].join("\n\n").concat("\n");
}

const intro = `# What it costs

Written by \`npm run cost\` from [one table of prices](cost/prices.ts) and [the arithmetic](cost/estimate.ts). List prices in dollars for eu-central-1, where \`sst.config.ts\` deploys; none was checked against a bill. Milliseconds and bytes are assumptions: nothing here has run on real Lambda. Requests, Redis commands, alarms and functions are counted from the code. Free tiers are left out; they cover the smallest services.`;

function priceTable(): string {
  const rows = Object.values<Price>(prices).map(({ dollars, per, source, readAt }) => `| ${dollars < 0.001 ? dollars.toFixed(10) : plain(dollars)} | ${per} | ${source} | ${readAt} |`);
  return ["| price | for each | source | read |", "| ---: | --- | --- | --- |", ...rows].join("\n");
}

function validationPart(): string {
  return `## A million validations

${table(validations(), "serving and watching")}

The limiter's Redis commands cost extra, depending on the calls:

| Upstash | commands a call | dollars |
| --- | ---: | ---: |
${limiting.map(([who, commands]) => `| ${who} | ${commands} | ${money(commands * prices.commands.dollars)} |`).join("\n")}

If calls are spread over many callers, the limiter costs more than everything else. A process counts by itself and tells Redis after a second or a two-hundredth of the quota (a twentieth while no other process counts), whichever is first, and at every call once half of the quota is used. A fixed plan has no cost for commands.`;
}

/** Counted from the limiter's commands: INCRBY, GET, EXPIRE, and those for an address. */
const limiting = [
  ["each call about another license, from one address", 3],
  ["each from an address of its own (a fleet of end users)", 8],
  ["one license, once a second", 3.4],
  ["one license, twenty times a second", 0.17],
] as const;

function changePart(): string {
  return `## A million lifecycle changes

Issue, suspend, renew and so on: three round trips.

${table(changes(), "total")}`;
}

function deliveryPart(): string {
  return `## A million webhook deliveries

To addresses that answer at once; a change costs no message while there is no webhook.

${table(deliveries(), "total")}`;
}

function refreshPart(): string {
  const rows = [1000, 100_000, 1_000_000, 10_000_000].map((licenses) => {
    const { commands } = refreshing(licenses, 1);
    const lives = [1, 7, 30].map((days) => money(refreshing(licenses, days).dollars));
    const fixed = fixedPlan(licenses);
    return `| ${grouped(licenses)} | ${grouped(commands)} | ${lives.join(" | ")} | ${fixed === undefined ? "–" : `${fixed.dollars} (${fixed.gigabytes} GB)`} |`;
  });
  const breakEven = Math.round((prices.redisFixed1.dollars / refreshing(1000, 1).dollars) * 10) * 100;
  return `## Keeping certificates fresh

The reconciler publishes each certificate again before it ends: ${assumed.publicationsALife} times in its life, ${assumed.commandsAPublication} commands a time. A month:

| licenses | commands at a life of 1 day | pay as you go, 1 day (default) | 7 days | 30 days | fixed plan that holds them |
| ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join("\n")}

A longer life is cheaper, and consumers can work longer while Redis is down. But a certificate also lives longer after a revocation that could not be published. Set it by \`certificate.ttlSeconds\` in [stages.ts](stages.ts).

**\`redis.budgetDollars\` must be above the sum of this table and the limiter**: at the budget Upstash throttles the database until the next month, and no certificate is published. Above some ${grouped(breakEven)} licenses at a life of a day, the fixed plan of 1 GB costs less. The provider can't select a plan: do it in Upstash's console.`;
}

const consumerPart = `## Consumer checks

| | per million checks |
| --- | ---: |
| \`check()\`, warm | 0.00 |
| reading Redis at every check instead | ${money(prices.commands.dollars)} |

A process reads each license that it serves every 5 seconds while there is traffic: at most 518 400 commands, ${money(0.5184 * prices.commands.dollars)} a month per process and license; ${money(0.0864 * prices.commands.dollars)} at 30 seconds. An idle process reads nothing. These reads count against the same budget. The certificates in the answers, about ${assumed.certificateBytes / 1000} KB each, are 1 GB a month at 5 seconds.`;

function standingPart(): string {
  return `## Each month, whatever the traffic

For one permanent stage:

${table(standing(), "total")}

Beyond that a month costs ${money(prices.storage.dollars)} for each GB of data. A preview costs only its use: its schedules are off, so its database sleeps; beyond 10 branches a project, each is ${money(prices.branch.dollars)} a month. The queue of dead letters costs ${money(prices.queueRequests.dollars)} a million requests, of which there are hardly any. A deployment puts some ${assumed.mapsADeploy} source maps into S3, ${Math.round(assumed.mapBytesADeploy / 1e6)} MB, for ${money((assumed.mapsADeploy / 1e6) * prices.objectWrites.dollars)}; the maps of former versions are removed.`;
}

function decided(): string {
  const fuse = 8000 * 3600;
  const hour = (fuse / 1_000_000) * total(validations());
  return `## Decided by cost

- **One errors alarm a function, and one latency alarm a route.** CloudWatch bills an alarm by the metrics in it, so an alarm over ten functions by metric math costs the same as ten, and doesn't name the function. It can't hold more than ten either.
- **No per-route metrics at the gateway**: HTTP APIs have six, billed as custom ones: ${counts.routes} routes × 6 × ${money(prices.metric.dollars)} = ${money(counts.routes * 6 * prices.metric.dollars)} a month if all report; the functions' own metrics show the same.
- **One metric for all starts**, by filters of the logs, which cost nothing.
- **1024 MB** for functions that verify a signature, 512 MB for functions that answer from memory. \`INIT\` gets two processors at any size.
- **Neon's plan Launch**: Free ends after 100 CU-hours a month, which the schedules use up in 17 days, and keeps 6 hours of history. Scale costs ${(prices.computeScale.dollars / prices.computeLaunch.dollars).toFixed(1)} times as much by the hour; it brings an SLA and 30 days of history.
- **Schedules run in permanent stages alone**: three previews awake cost as much as production's database.
- **arm64**: a fifth cheaper than x86 by the second.
- **The throttle**: production's gateway admits 8,000 requests a second. An hour of that is ${Math.round(fuse / 1e6)} million requests: some ${Math.round(hour)} dollars to serve and watch, plus the limiter's commands.`;
}

function table(lines: readonly Line[], sum: string): string {
  return ["| | dollars |", "| --- | ---: |", ...lines.map(({ what, dollars }) => `| ${what} | ${money(dollars)} |`), `| **${sum}** | **${money(total(lines))}** |`].join("\n");
}

function money(dollars: number): string {
  return dollars.toFixed(2);
}

function plain(dollars: number): string {
  return Number(dollars.toFixed(2)) === dollars ? dollars.toFixed(2) : String(dollars);
}
