import { readFileSync } from "node:fs";
import path from "node:path";
import { createDatabase } from "@licensing/core/platform/database.ts";
import type { Database } from "@licensing/core/platform/database.ts";
import { createTransport } from "@licensing/core/platform/transport.ts";
import { startMachine } from "../../infra/local/machine/machine.ts";
import type { Machine } from "../../infra/local/machine/machine.ts";
import { whenDone } from "../support/when-done.ts";
import type { Recorded } from "./answers.ts";
import { callerOf } from "./fill.ts";
import type { Call } from "./fill.ts";
import { readRecorded, unpackFolder } from "./fixture.ts";

/** This version, started on a fixture of the former one, with its clock at the instant of the recorded answers. */
export type Upgraded = {
  readonly recorded: Recorded;
  readonly machine: Machine;
  /** Calls as the administrator that filled the former service. */
  readonly call: Call;
  readonly owner: Database;
  readonly applicationSecret: string;
  /** Sets the clock, in milliseconds after the recorded instant. */
  readonly elapse: (ms: number) => void;
  readonly elapsed: () => number;
};

type Upgrading = {
  /** The folder of migrations; default: the project's. */
  readonly migrations?: string;
};

/** Starts this version on the former data folder, as `npm start` does, with an empty Redis. */
export async function upgrade({ migrations }: Upgrading = {}): Promise<Upgraded> {
  const folder = unpackFolder("data-folder");
  const recorded = readRecorded("data-folder");
  let elapsedMs = 0;
  const now = () => new Date(Date.parse(recorded.at) + elapsedMs);
  const machine = await startMachine({
    file: (file) => path.join(folder, file),
    migrations,
    now,
    print: () => undefined,
  });
  whenDone(() => machine.close());
  const transport = createTransport();
  whenDone(() => transport.close());
  const call: Call = async (...given) => {
    const token = await machine.issuer.mint({ sub: "local-admin", roles: ["licensing-admin"] });
    return callerOf(machine.origin, token)(...given);
  };
  const { applicationSecret } = JSON.parse(readFileSync(path.join(folder, "secrets.json"), "utf8")) as { applicationSecret: string };
  const owner = createDatabase(machine.environment["APP_ENV_MIGRATION_DATABASE_URL"] ?? "", transport);
  return { recorded, machine, call, owner, applicationSecret, elapse: (ms) => void (elapsedMs = ms), elapsed: () => elapsedMs };
}
