import process from "node:process";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import type { Snapshot } from "@licensing/core/lifecycle/snapshot.sql.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { suspend } from "@licensing/core/lifecycle/transitions.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";

/**
 * A process that ends itself by SIGKILL at its n-th step to the outside: before the request is sent, or after its answer
 * has come. Arguments: the instant, the step (`3-before`, `3-after`), the work (`suspend ID` or `reconcile`).
 */
const [, , instant = "", at = "", work = "", licenseId = ""] = process.argv;
const [stepText = "", side] = at.split("-");
let steps = 0;

function kill(): never {
  process.kill(process.pid, "SIGKILL");
  // The signal is delivered before the next turn; nothing else may happen in this one.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
}

function doomed(real: Runtime): Runtime {
  const transport: Runtime["transport"] = {
    close: real.transport.close,
    send: async (request) => {
      steps += 1;
      const isLast = steps === Number(stepText);
      if (isLast && side === "before") kill();
      const answer = await send(request);
      if (isLast) kill();
      return answer;
    },
  };
  const send = real.transport.send;
  Object.assign(real.transport, { send: transport.send });
  return real;
}

const runtime = doomed(createRuntime({ environment: process.env, now: () => new Date(instant), print: () => undefined }));
if (work === "suspend") {
  const caller = { actor: { type: "system", id: "test" }, scope: { kind: "all" } } as const;
  const decide = (snapshot: Snapshot) => suspend(snapshot, { reason: null });
  await perform(runtime, { caller, requestId: "killed-child" }, { locator: { by: "id", named: licenseId }, absent: "license-not-found", decide });
} else {
  await reconcile(runtime);
}
runtime.transport.close();
process.stdout.write(`${steps}`);
