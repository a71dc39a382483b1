import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { laterRead, readParameter } from "@licensing/core/keyring/parameter.store.ts";
import { suspectAfterMs } from "@licensing/core/platform/connections.ts";
import { createRuntime, type Runtime } from "@licensing/core/platform/runtime.ts";
import { createTransport } from "@licensing/core/platform/transport.ts";
import { startGateway } from "../../infra/local/lambda/gateway.ts";
import { invokeInProcess } from "../../infra/local/lambda/in-process.ts";
import { startParameterStore } from "../../infra/local/lambda/parameter-store.ts";
import { routes } from "../../infra/routes.ts";
import { startFaultProxy, type DeadWhileFrozen, type FaultProxy } from "../support/fault-proxy.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { patientRuntime } from "../support/patient-runtime.ts";
import { base, createCall, startService } from "../support/service.ts";
import { whenDone } from "../support/when-done.ts";
import { createClock, deaths, whileTimePasses } from "./frozen-time.ts";

/** The service, whose connections to one peer died while the process was frozen. */
const service = await startService({ now: "2026-11-23T12:00:00.000Z" });
const parameter = "/licensing/test/signing-key";
const role = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "a secret of the role", sessionToken: "a token of the session" };
const store = await startParameterStore({ parameters: new Map([[parameter, "the parameter's text"]]), role, region: "eu-central-1", trouble: () => undefined });
whenDone(() => store.close());

const peers = {
  database: service.neon.port,
  redis: service.upstash.port,
  "key set": Number(new URL(service.issuer.jwksUrl).port),
  "parameter store": Number(new URL(store.url).port),
};
type Peer = keyof typeof peers;
type Call = ReturnType<typeof createCall>;

const policy = await createPolicy(service);
const licenses = await Promise.all(Array.from({ length: 3 }, () => issueLicense(service, policy)));

/** A process with `count` idle connections to a peer, all of which died while `frozenMs` passed. */
async function thawed(peer: Peer, { how, count, frozenMs = suspectAfterMs }: { readonly how: DeadWhileFrozen; readonly count: number; readonly frozenMs?: number }) {
  const proxy = await startFaultProxy(peers[peer]);
  const clock = createClock();
  const transport = createTransport(clock);
  const { pathname } = new URL(service.issuer.jwksUrl);
  const runtime = patientRuntime(createRuntime({ environment: environmentThrough(peer, proxy), now: service.clock.now, print: () => undefined, transport }));
  whenDone(async () => {
    transport.close();
    await proxy.close();
  });
  await Promise.all(Array.from({ length: count }, () => transport.send({ url: `http://127.0.0.1:${proxy.port}${pathname}`, method: "GET", timeoutMs: 20_000 })));
  clock.advance(frozenMs);
  expect(proxy.killIdle(how)).toBe(count);
  return { runtime, clock, proxy };
}

/** The service's settings, in which one peer's address is the proxy's. The issuer's name stays, although it looks like an address. */
function environmentThrough(peer: Peer, { port }: FaultProxy): Readonly<Record<string, string | undefined>> {
  const environment: Readonly<Record<string, string | undefined>> = {
    ...service.environment,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: role.accessKeyId,
    AWS_SECRET_ACCESS_KEY: role.secretAccessKey,
    AWS_SESSION_TOKEN: role.sessionToken,
    AWS_ENDPOINT_URL_SSM: store.url,
  };
  const through = Object.entries(environment).map(([name, value]) => [name, value?.replace(`127.0.0.1:${peers[peer]}`, `127.0.0.1:${port}`)]);
  return { ...Object.fromEntries(through), APP_ENV_IDENTITY_ISSUER: environment["APP_ENV_IDENTITY_ISSUER"] };
}

/** Several calls at once that need the peer. Resolves to their results, which name a 5xx and a certificate that isn't published. */
async function burst(peer: Peer, runtime: Runtime): Promise<readonly unknown[]> {
  if (peer === "parameter store") return Promise.all(Array.from({ length: 6 }, () => readParameter(runtime, parameter, laterRead)));
  const gateway = await startGateway({ routes, invoke: invokeInProcess(runtime), port: 0 });
  whenDone(() => gateway.close());
  const call = createCall(gateway.origin, () => service.token("admin"));
  return Promise.all(licenses.flatMap(({ at, licenseId }) => [renew(call, at), validate(call, licenseId)]));
}

let keys = 0;
async function renew(call: Call, at: string): Promise<unknown> {
  const { status, body } = await call("POST", `${at}/renew`, { headers: { "idempotency-key": `frozen-${(keys += 1)}` }, body: {} });
  return [status, body.certificate?.state];
}

async function validate(call: Call, licenseId: string): Promise<unknown> {
  const { status, body } = await call("POST", `${base}/licenses/validate`, { body: { licenseId } });
  return [status, body.code];
}

const expected = (peer: Peer): readonly unknown[] =>
  peer === "parameter store" ? Array<string>(6).fill("the parameter's text") : licenses.flatMap(() => [[200, "published"], [200, "VALID"]]);

describe.each(Object.keys(peers) as readonly Peer[])("a process whose connections to the %s", (peer) => {
  test.each(deaths)("were %s while it was frozen, %i of them, answers a burst within 500 ms, and one call at most tries a dead one", async (how, count) => {
    const { runtime, clock, proxy } = await thawed(peer, { how, count });
    const { value, tookMs } = await whileTimePasses(clock, burst(peer, runtime));
    expect(value).toEqual(expected(peer));
    expect(tookMs).toBeLessThanOrEqual(500);
    expect(proxy.unheard()).toBeLessThanOrEqual(1);
  });

  test("are silent waits on them (control: it doesn't know that time has passed)", async () => {
    const { runtime, proxy } = await thawed(peer, { how: "silent", count: 2, frozenMs: 0 });
    const answers = burst(peer, runtime);
    answers.catch(() => undefined);
    while (proxy.unheard() === 0) await turn();
    for (let times = 0; times < 200; times += 1) await turn();
    await expect(Promise.race([answers, Promise.resolve("still waiting")])).resolves.toBe("still waiting");
  });
});
