import type { Fault, Graph } from "./graph.ts";
import type { Source } from "./source.ts";

const writesState = /(insert into|update|delete from)\s+licensing\."(License|Activation|LicenseEvent|LicenseKey|TrialLedger)"/i;
/** The commits of one license, of many expiries and of a number of seats, the writers of last-seen times, and the restore of a dump, which puts back rows that commits wrote. */
const stateWriters = ["core/commit/commit.store.ts", "core/commit/commit-expiries.store.ts", "core/commit/recount-seats.store.ts", "core/lifecycle/last-seen.sql.ts", "core/dump/restore.job.ts"];

/** Only the commit writes license state, seats and events. Tests and migrations stand outside. */
export function writerFaults(graph: Graph): readonly Fault[] {
  return deployed(graph)
    .filter(({ file, texts }) => texts.some((text) => writesState.test(text)) && !stateWriters.includes(file))
    .map(({ file }) => ({ rule: "writers", file, fault: "writes license state, seats or events" }));
}

const writesDeliveries = /insert into\s+licensing\."WebhookDue"/i;

/** Only the room of webhooks writes deliveries: the commit takes its statement from there. */
export function deliveryFaults(graph: Graph): readonly Fault[] {
  return deployed(graph)
    .filter(({ file, texts }) => texts.some((text) => writesDeliveries.test(text)) && !file.startsWith("core/webhook/"))
    .map(({ file }) => ({ rule: "deliveries", file, fault: "writes webhook deliveries" }));
}

const publishing = /^(publish|publishAgain|putCertificate|addCertificate)$/;
/** The road, its replay, the newest certificate, the reconciler, and the publication itself. */
const publishers = [
  "core/lifecycle/perform.store.ts",
  "core/lifecycle/republish.store.ts",
  "core/lifecycle/newest-certificate.store.ts",
  "core/publication/publish.store.ts",
  "core/publication/reconcile.job.ts",
];

/** Only the road and the reconciler publish. */
export function publisherFaults(graph: Graph): readonly Fault[] {
  const isPublishing = ({ imports }: Source) =>
    imports.some(({ target, kind, names }) => kind !== "type" && /^core\/publication\/(publish|certificate)\.store\.ts$/.test(target) && names.some((name) => name === "*" || publishing.test(name)));
  return deployed(graph)
    .filter((source) => isPublishing(source) && !publishers.includes(source.file))
    .map(({ file }) => ({ rule: "publishers", file, fault: "publishes certificates" }));
}

/** One file reads the service's environment; packages read their user's environment. */
export function environmentFaults(graph: Graph): readonly Fault[] {
  return deployed(graph)
    .filter(({ file, readsEnvironment }) => readsEnvironment && /^(core|functions)\//.test(file) && !/^core\/(platform\/(runtime|config)\.ts$|consumer\/|cli\/)/.test(file))
    .map(({ file }) => ({ rule: "environment", file, fault: "reads process.env" }));
}

function deployed({ sources }: Graph): readonly Source[] {
  return [...sources.values()].filter(({ file }) => !file.startsWith("test/"));
}
