import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { scheduled, type ScheduleContract } from "@licensing/core/endpoint/scheduled.ts";

export const contract = {
  schedule: "check-keys",
  summary: "Takes the steps of the key rotation that are due, and tests whether certificates verify with the published keys.",
} as const satisfies ScheduleContract;

export const handler = scheduled(contract, async (runtime) => {
  const { keys, check } = await checkKeys(runtime);
  const findings = (state: string) => check.findings.filter((finding) => finding.state === state).length;
  return { keys: keys.length, ok: findings("ok"), warn: findings("warn"), page: findings("page") };
});
