import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSettings, rowFaults, SettingsError } from "../../infra/settings.ts";
import type { PermanentStage, PreviewStage } from "../../infra/stages.ts";
import { permanentStages, previewStage } from "../../infra/stages.ts";
import { filledIn } from "./render/render.ts";
import "../support/seeded-properties.ts";

const credentials = { NEON_API_KEY: "key", UPSTASH_EMAIL: "ops@acme.com", UPSTASH_API_KEY: "key" };

/** The committed rows with their examples filled in, as an operator has them. */
const real = <Row>(row: Row): Row => JSON.parse(filledIn(JSON.stringify(row))) as Row;
const production: PermanentStage = real(permanentStages.production);
const network = { subnets: ["subnet-0123456789abcdef0"], securityGroups: ["sg-0123456789abcdef0"], addresses: ["198.51.100.7"], readers: ["203.0.113.0/24"] };
const preview: PreviewStage = real(previewStage);

describe("a stage's row:", () => {
  test("the committed rows can be deployed once their examples are filled in", () => {
    for (const row of [...Object.values(permanentStages), previewStage]) expect(rowFaults(real<PermanentStage | PreviewStage>(row))).toEqual([]);
  });

  test("a field that still holds its example is refused by its name", () => {
    const faults = rowFaults(permanentStages.production).join("\n");
    for (const place of ["domain", "corsOrigins.0", "corsOrigins.1", "certificate.issuer", "alarmEmail", "runbookUrl", "neon.organizationId", "pipeline.repository"]) {
      expect(faults).toContain(`infra/stages.ts ${place}: is still the example`);
    }
    expect(rowFaults(previewStage)).toEqual(["infra/stages.ts neonProjectId: is still the example"]);
  });

  test("a permanent stage may have null for its domain, alarms and pipeline, and no origins", () => {
    expect(rowFaults({ ...production, domain: null, corsOrigins: [], alarmEmail: null, runbookUrl: null, pipeline: null })).toEqual([]);
  });

  test("a permanent stage may have addresses of its own", () => {
    expect(rowFaults({ ...production, network })).toEqual([]);
  });

  test("a deployment to the stage `local` is refused, because in that stage webhooks may reach the loopback", () => {
    expect(() => readSettings("local", credentials)).toThrow(/the stage local: is one machine's; choose another name/);
    expect(() => readSettings("production", credentials)).not.toThrow(/the stage/);
  });

  test("each stage without a row is a preview", () => {
    expect(() => readSettings("pr-7", credentials)).toThrow(/neonProjectId: is still the example/);
    expect(() => readSettings("production", credentials)).toThrow(/redis|domain: is still the example/);
  });

  test.each<[string, Partial<PermanentStage>]>([
    ["domain", { domain: "https://licensing.acme.com" }],
    ["domain", { domain: "localhost" }],
    ["domain", { domain: "a..acme.com" }],
    ["corsOrigins", { corsOrigins: ["*"] }],
    ["corsOrigins", { corsOrigins: ["https://a.acme.com/"] }],
    ["corsOrigins", { corsOrigins: ["http://a.acme.com"] }],
    ["corsOrigins", { corsOrigins: ["https://a.acme.com", "https://a.acme.com"] }],
    ["alarmEmail", { alarmEmail: "pager" }],
    ["runbookUrl", { runbookUrl: "http://git.acme.com/RUNBOOK.md" }],
    ["runbookUrl", { runbookUrl: "https://git.acme.com/RUNBOOK.md#top" }],
    ["runbookUrl", { runbookUrl: "infra/RUNBOOK.md" }],
    ["certificate.ttlSeconds", { certificate: { ...production.certificate, ttlSeconds: 59 } }],
    ["certificate.ttlSeconds", { certificate: { ...production.certificate, ttlSeconds: 2_592_001 } }],
    ["certificate.ttlSeconds", { certificate: { ...production.certificate, ttlSeconds: 60.5 } }],
    ["certificate.issuer", { certificate: { ...production.certificate, issuer: "two words" } }],
    ["certificate.audience", { certificate: { ...production.certificate, audience: "" } }],
    ["dumps.region", { dumps: { ...production.dumps, region: "Ireland" } }],
    ["dumps.keepDays", { dumps: { ...production.dumps, keepDays: 6 } }],
    ["network.subnets", { network: { ...network, subnets: [] } }],
    ["network.securityGroups", { network: { ...network, securityGroups: ["default"] } }],
    ["network.addresses", { network: { ...network, addresses: ["198.51.100"] } }],
    ["network.addresses", { network: { ...network, addresses: ["0.0.0.0/0"] } }],
    ["network.readers", { network: { ...network, readers: ["2001:db8::1"] } }],
    ["databasePasswordEpoch", { databasePasswordEpoch: 0 }],
    ["neon.organizationId", { neon: { ...production.neon, organizationId: "acme" } }],
    ["neon.minimumUnits", { neon: { ...production.neon, minimumUnits: 0.3 } }],
    ["neon.maximumUnits", { neon: { ...production.neon, minimumUnits: 1, maximumUnits: 0.5 } }],
    ["neon.maximumUnits", { neon: { ...production.neon, minimumUnits: 0.25, maximumUnits: 9 } }],
    ["neon.restoreDays", { neon: { ...production.neon, restoreDays: 0 } }],
    ["redis.budgetDollars", { redis: { budgetDollars: 0 } }],
    ["aws.budgetDollars", { aws: { budgetDollars: 1.5 } }],
    ["pipeline.repository", { pipeline: { repository: "licensing", ownsIdentityProvider: true } }],
  ])("%s is refused by its name when it is %o", (place, change) => {
    expect(rowFaults({ ...production, ...change })).toEqual([expect.stringMatching(new RegExp(`^infra/stages\\.ts ${place}: must be `))]);
  });

  test.each<[string, Partial<PreviewStage>]>([
    ["neonProjectId", { neonProjectId: "" }],
    ["lifeDays", { lifeDays: 0 }],
  ])("a preview's %s is refused by its name when it is %o", (place, change) => {
    expect(rowFaults({ ...preview, ...change })).toEqual([expect.stringMatching(new RegExp(`${place}: must be `))]);
  });

  test("the shortest and the longest certificate lifetimes are accepted", () => {
    for (const ttlSeconds of [60, 2_592_000]) expect(rowFaults({ ...production, certificate: { ...production.certificate, ttlSeconds } })).toEqual([]);
  });

  test("a fault never shows the value", () => {
    const secret = fc.string({ minLength: 12 }).filter((text) => /[^\x21-\x7e]/.test(text) && !/must|set|before/i.test(text));
    fc.assert(
      fc.property(secret, (text) => {
        const faults = rowFaults({ ...production, domain: text, certificate: { ...production.certificate, issuer: text } });
        return faults.length >= 2 && !faults.join("\n").includes(text);
      }),
    );
  });
});

describe("the deploying machine:", () => {
  test.each(Object.keys(credentials))("a deploy is refused without %s, and all faults are named at once", (name) => {
    for (const text of [undefined, ""]) {
      const refused = () => readSettings("staging", { ...credentials, [name]: text });
      expect(refused).toThrow(SettingsError);
      expect(refused).toThrow(new RegExp(`${name}: is not set[^]*alarmEmail: is still the example`));
    }
  });

  test("no file of the deployment reads a setting from the environment", () => {
    const infra = new URL("../../infra/", import.meta.url);
    for (const file of ["alarms", "api", "budget", "database", "deployment", "dumps", "functions", "gateway", "pipeline", "redis", "resources", "schedules", "settings", "stage"]) {
      expect(readFileSync(new URL(`${file}.ts`, infra), "utf8"), file).not.toMatch(/(?<!APP_ENV_)LICENSING_/);
    }
  });
});
