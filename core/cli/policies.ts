import type { ApplyReport, Client } from "../client/client.ts";
import { exitCodes } from "./failure.ts";
import type { Adding } from "./run.ts";
import { globalsOf, openSession } from "./session.ts";
import { plain, print, table } from "./world.ts";

/** The commands about policies. Creating and changing one is `licensing api policies create` and `update`. */
export function addPolicies({ command, world, end }: Adding): void {
  const policies = command("policies");
  policies
    .command("list")
    .description("list the policies, retired ones too")
    .action(async (_own, command) => {
      const session = openSession(world, globalsOf(command));
      const all = await Array.fromAsync(session.client.policies.list({ limit: 100 }, { signal: world.signal }));
      print(session, all, () => table(all.map(({ code, name, duration, activationLimit, licenses, retiredAt }) =>
        ({ code, name: plain(name), duration: duration ?? "perpetual", seats: String(activationLimit ?? "∞"), licenses: String(licenses), retired: retiredAt?.slice(0, 10) ?? "" }))));
    });
  policies
    .command("show")
    .description("show a policy's terms")
    .argument("<policy>", "id or code")
    .action(async (policy: string, _own, command) => {
      const session = openSession(world, globalsOf(command));
      const found = await session.client.policies.read(policy, { signal: world.signal });
      print(session, found, () => Object.entries(found).map(([name, value]) => `${name.padEnd(20)} ${plain(typeof value === "string" ? value : JSON.stringify(value))}`).join("\n"));
    });
  policies
    .command("apply")
    .description("copy a policy's terms to its licenses; without --yes only a preview")
    .argument("<policy>", "id or code")
    .option("--yes", "change the licenses")
    .action(async (policy: string, { yes }: { yes?: boolean }, command) => {
      const session = openSession(world, globalsOf(command));
      const reports = await applyAll(session.client, { policy, dryRun: yes !== true, signal: world.signal });
      const changed = reports.reduce((sum, report) => sum + report.changed, 0);
      const failures = lastingFailures(reports);
      print(session, { changed, failures, sample: reports.flatMap(({ sample }) => sample) }, () => [
        `Licenses ${yes === true ? "changed" : "that would be changed"}: ${changed}.`,
        ...reports.flatMap(({ sample }) => sample).map(({ licenseId, changes }) => `  ${licenseId}  ${plain(JSON.stringify(changes))}`),
        ...failures.map(({ licenseId, code }) => `  ${licenseId}  failed: ${code}`),
        ...(yes === true ? [] : ["Nothing was changed. Add --yes to change them."]),
      ].join("\n"));
      end(failures.length > 0 ? exitCodes.partly : undefined);
    });
}

/** The failures that remain: each license once, and none that a later call tried again and reported anew. */
function lastingFailures(reports: readonly ApplyReport[]): ApplyReport["failures"] {
  const lasting = reports.flatMap(({ failures }) => failures.filter(({ again }) => !again));
  return [...new Map(lasting.map((failure) => [failure.licenseId, failure])).values()];
}

type Applying = { readonly policy: string; readonly dryRun: boolean; readonly signal: AbortSignal };

/** One call changes as many licenses as its time allows; the next call continues after them. */
async function applyAll({ policies }: Client, { policy, dryRun, signal }: Applying): Promise<readonly ApplyReport[]> {
  const reports: ApplyReport[] = [];
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
    const report = await policies.apply(policy, { dryRun, ...(cursor === undefined ? {} : { cursor }) }, { signal });
    reports.push(report);
    cursor = report.nextCursor ?? undefined;
  }
  return reports;
}
