import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { run } from "@licensing/core/cli/run.ts";
import type { World } from "@licensing/core/cli/world.ts";
import { startService } from "../support/service.ts";
import { whenDone } from "../support/when-done.ts";
import { createBrowser, formOf } from "./openid-browser.ts";

/** Logins of the command line at the local identity provider, with the requests that a person's browser would make. */
const service = await startService();
const folder = mkdtempSync(path.join(tmpdir(), "licensing-cli-login-"));
whenDone(() => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, "inner", "profiles.json");

type Ran = { readonly code: number; readonly out: string; readonly err: string };

async function licensing(words: readonly string[], more: Partial<World> = {}): Promise<Ran> {
  let out = "";
  let err = "";
  const { err: hear, ...others } = more;
  const world: World = {
    environment: { LICENSING_CONFIG: file }, isTerminal: false, readInput: async () => "", now: () => new Date(), signal: new AbortController().signal,
    out: (text) => (out += text), err: (text) => (hear?.(text), (err += text)), ...others,
  };
  return { code: await run(words, world), out, err };
}

/** The first text that matches, as the command says it. */
function heard(pattern: RegExp): { readonly err: (text: string) => void; readonly found: Promise<RegExpExecArray> } {
  const { promise, resolve } = Promise.withResolvers<RegExpExecArray>();
  return { err: (text) => { const match = pattern.exec(text); if (match !== null) resolve(match); }, found: promise };
}

/** `licensing login` and the person's part: opens the address, chooses, and follows the provider back to the command's port. */
async function logIn(person: Record<string, string> = { choice: "operator" }, more: Partial<World> = {}): Promise<Ran> {
  const { err, found } = heard(/^Log in at (\S+)/);
  const ran = licensing(["login", "--no-device", "--url", service.origin], { err, ...more });
  const [, address = ""] = await found;
  const browse = createBrowser();
  const arrived = await browse((await formOf(await browse(address))).action, person);
  const page = await fetch(arrived.headers.get("location") ?? "");
  expect([page.status, await page.text()]).toEqual([200, "You can close this window and go back to the terminal.\n"]);
  return ran;
}

type Kept = { readonly url: string; readonly accessToken: string; readonly refreshToken: string; readonly expiresAtMs: number };
const kept = (name = "default") => (JSON.parse(readFileSync(file, "utf8")) as Record<string, Kept>)[name] as Kept;
const change = (more: Partial<Kept>) => writeFileSync(file, JSON.stringify({ default: { ...kept(), ...more } }));
const whoami = (more: Partial<World> = {}) => licensing(["whoami"], more);

beforeEach(() => rmSync(file, { force: true }));

describe("in a browser", () => {
  test("a person logs in by code and PKCE, and is the caller from then on, at that service only, until logout", async () => {
    const ran = await logIn();
    expect([ran.code, JSON.parse(ran.out)]).toEqual([0, expect.objectContaining({ profile: "default", url: service.origin, actor: { type: "user", id: "local-operator" }, roles: ["licensing-operator"] })]);
    expect([statSync(file).mode & 0o777, statSync(path.dirname(file)).mode & 0o777]).toEqual([0o600, 0o700]);
    for (const { accessToken, refreshToken } of [kept()]) for (const secret of [accessToken, refreshToken]) expect(`${ran.out}${ran.err}`).not.toContain(secret);
    const me = await whoami();
    expect([me.code, JSON.parse(me.out)]).toEqual([0, expect.objectContaining({ by: "the profile default", actor: { type: "user", id: "local-operator" } })]);
    expect(await licensing(["whoami", "--url", "http://127.0.0.1:9"])).toMatchObject({ code: 4, err: expect.stringContaining("You aren't logged in to http://127.0.0.1:9") as string });
    expect(await whoami({ environment: { LICENSING_CONFIG: file, LICENSING_TOKEN: await service.token("auditor") } })).toMatchObject({ out: expect.stringContaining('"by":"LICENSING_TOKEN"') as string });
    expect((await licensing(["logout"])).code).toBe(0);
    expect((await whoami()).code).toBe(2);
  });

  test("several logins are kept by name", async () => {
    await logIn({ choice: "admin" });
    await logIn({ choice: "support" }, { environment: { LICENSING_CONFIG: file, LICENSING_PROFILE: "help" } });
    expect((await whoami()).out).toContain("local-admin");
    expect((await licensing(["whoami", "--profile", "help"])).out).toContain("local-support");
  });

  test("a login that the person cancels ends with 4, and nothing is kept", async () => {
    expect(await logIn({ cancel: "yes" })).toMatchObject({ code: 4, err: expect.stringContaining("The login was refused") as string });
    expect((await whoami()).code).toBe(2);
  });

  test("an answer that another page made up is refused", async () => {
    const { err, found } = heard(/^Log in at (\S+)/);
    const ran = licensing(["login", "--no-device", "--url", service.origin], { err });
    const asked = new URL((await found)[1] ?? "").searchParams;
    await fetch(`${asked.get("redirect_uri") ?? ""}?${new URLSearchParams({ code: "stolen", state: "another", iss: service.issuer.issuer }).toString()}`);
    expect((await ran).code).toBe(1);
    expect((await whoami()).code).toBe(2);
  });

  test("an interruption ends the wait with 130", async () => {
    const interruption = new AbortController();
    expect((await licensing(["login", "--no-device", "--url", service.origin], { signal: interruption.signal, err: () => interruption.abort() })).code).toBe(130);
  });
});

test("on another device a person confirms a code, and is the caller then", async () => {
  const { err, found } = heard(/^Open (\S+) and confirm the code (\S+)\./);
  const { promise: confirmed, resolve } = Promise.withResolvers<void>();
  const ran = licensing(["login", "--device", "--url", service.origin], { err, client: { sleep: () => confirmed } });
  const [, address = "", code = ""] = await found;
  const browse = createBrowser();
  // The address holds the code, and its page sends itself.
  const sent = await formOf(await browse(address));
  expect(sent.fields["user_code"]).toBe(code);
  const confirm = await formOf(await browse(sent.action, sent.fields));
  const choose = await formOf(await browse(confirm.action, confirm.fields));
  expect(await (await browse(choose.action, { choice: "support" })).text()).toContain("Logged in");
  resolve();
  expect(await ran).toMatchObject({ code: 0, out: expect.stringContaining('"id":"local-support"') as string });
  expect((await whoami()).out).toContain("local-support");
});

test("on a machine without a display a person gets a code, too; without a terminal nobody is waited for", async () => {
  const interruption = new AbortController();
  const asked = (more: Partial<World>) => licensing(["login", "--url", service.origin], { signal: interruption.signal, client: { sleep: () => (interruption.abort(), Promise.reject(new Error("interrupted"))) }, ...more });
  expect(await asked({})).toMatchObject({ code: 4, out: "", err: expect.stringMatching(/without a terminal.*LICENSING_TOKEN.*--device/) as string });
  const shown = await asked({ isTerminal: true });
  expect(shown.err).toMatch(process.platform === "linux" ? /^Open \S+ and confirm the code/ : /^Log in at/);
});

describe("a login that is over", () => {
  const later = { now: () => new Date(Date.now() + 2 * 3_600_000) };

  test("is renewed by itself when its time has passed, and when the service refuses its token", async () => {
    await logIn();
    const first = kept();
    expect((await whoami(later)).out).toContain("local-operator");
    const second = kept();
    expect(second.refreshToken).not.toBe(first.refreshToken);
    change({ accessToken: await service.issuer.mint({ sub: "local-operator", roles: [], claims: { exp: 1_700_000_000 } }) });
    expect((await whoami()).out).toContain("local-operator");
    expect(kept().refreshToken).not.toBe(second.refreshToken);
  });

  const refused = () => service.issuer.mint({ sub: "local-admin", roles: [], claims: { exp: 1_700_000_000 } });

  test.each(["whose time has passed", "whose token the service refuses"])("is renewed once by an import that makes six calls at a time, with a login %s", async (what) => {
    await logIn({ choice: "admin" });
    const code = what.replaceAll(" ", "-");
    expect((await licensing(["api", "policies", "create", "--body", JSON.stringify({ code, name: code })])).code).toBe(0);
    const rows = path.join(folder, `${code}.csv`);
    writeFileSync(rows, `policy,holderId\n${Array.from({ length: 12 }, (_, at) => `${code},customer-${at}\n`).join("")}`);
    const isOver = what === "whose time has passed";
    if (!isOver) change({ accessToken: await refused() });
    const ran = await licensing(["import", rows], isOver ? later : {});
    expect([ran.code, JSON.parse(ran.out)]).toMatchObject([0, { issued: 12, refused: 0 }]);
    // The provider revokes a login whose refresh token is used twice.
    expect((await whoami({ now: () => new Date(Date.now() + 4 * 3_600_000) })).out).toContain("local-admin");
  });

  test("is renewed once by two command lines that share the file of logins", async () => {
    await logIn({ choice: "admin" });
    const { promise: oneIsDone, resolve } = Promise.withResolvers<void>();
    const both = await Promise.all([1, 2].map(() => whoami({ ...later, client: { sleep: () => oneIsDone } }).finally(resolve)));
    expect(both).toMatchObject([{ code: 0, err: "" }, { code: 0, err: "" }]);
    expect((await whoami({ now: () => new Date(Date.now() + 4 * 3_600_000) })).out).toContain("local-admin");
  });

  test("is taken from the file if another command line has renewed it, and isn't kept again if it was removed there", async () => {
    await logIn({ choice: "admin" });
    const own = kept();
    const changedBy = async (words: readonly string[]) => {
      let isFirst = true;
      return whoami({ client: { fetch: async (request) => {
        if (isFirst) {
          isFirst = false;
          expect((await licensing(words, later)).code).toBe(0);
          return new Response(null, { status: 401 });
        }
        return fetch(request);
      } } });
    };
    expect((await changedBy(["whoami"])).out).toContain("local-admin");
    expect(kept().refreshToken).not.toBe(own.refreshToken);
    expect(await changedBy(["logout"])).toMatchObject({ code: 4, out: "", err: expect.stringContaining("Log in again with `licensing login`") as string });
    expect((await whoami()).code).toBe(2);
  });

  test("is renewed though a killed command line left its lock", async () => {
    await logIn({ choice: "admin" });
    writeFileSync(`${file}.lock`, "");
    let waits = 0;
    expect((await whoami({ ...later, client: { sleep: async () => void (waits += 1) } })).code).toBe(0);
    expect([waits, existsSync(`${file}.lock`)]).toEqual([300, false]);
  });

  test("and can't be renewed ends with 4 and says how to log in, and changes nothing", async () => {
    await logIn();
    change({ refreshToken: "used" });
    const before = readFileSync(file, "utf8");
    expect(await licensing(["api", "policies", "create", "--body", '{"code":"late","name":"Late"}'], later)).toMatchObject({ code: 4, out: "", err: `The login to ${service.origin} has expired. Log in again with \`licensing login\`.\n` });
    expect(readFileSync(file, "utf8")).toBe(before);
    expect((await service.call("GET", "/v1/api/licensing/policies/late")).status).toBe(404);
  });
});

describe("trouble of the identity provider isn't the end of the login:", () => {
  type Troubled = { readonly endpoints: boolean; readonly token: (response: ServerResponse) => void };
  const json = (status: number, body: object) => (response: ServerResponse) => void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

  /** A service whose identity provider, on the same port, answers as it is told, and a login there whose time has passed. */
  async function troubled({ endpoints, token }: Troubled): Promise<void> {
    const server = createServer(({ url = "", headers: { host = "" } }, response) => {
      const origin = `http://${host}`;
      const at = { authorization: `${origin}/authorize`, token: `${origin}/token` };
      if (!url.endsWith("/console/config")) return token(response);
      return json(200, { issuer: origin, clientId: "cli", scopes: ["openid"], audience: "licensing", authorizationParameters: {}, ...(endpoints ? { endpoints: at } : {}) })(response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    whenDone(() => void server.close());
    const { port } = server.address() as AddressInfo;
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ default: { url: `http://127.0.0.1:${port}`, accessToken: "over", refreshToken: "good", expiresAtMs: 1 } }));
  }

  const cases: readonly (readonly [string, Troubled])[] = [
    ["a page of its gateway", { endpoints: true, token: (response) => void response.writeHead(503).end("Service Unavailable") }],
    ["an error that may pass", { endpoints: true, token: json(400, { error: "temporarily_unavailable" }) }],
    ["a connection that breaks", { endpoints: true, token: (response) => void response.destroy() }],
    ["a document that can't be read", { endpoints: false, token: (response) => void response.writeHead(500).end() }],
  ];

  test.each(cases)("%s ends with 7, and changes nothing", async (_what, how) => {
    await troubled(how);
    const before = readFileSync(file, "utf8");
    expect(await whoami()).toMatchObject({ code: 7, out: "", err: expect.stringMatching(/^The identity provider http:\S+ didn't answer as it should/) as string });
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  test.each(cases)("--follow goes on after %s", async (_what, how) => {
    await troubled(how);
    const interruption = new AbortController();
    const err = (text: string) => void (text.includes("Trying again.") && interruption.abort());
    expect((await licensing(["events", "--follow", "--interval", "1"], { signal: interruption.signal, err })).code).toBe(130);
  });

  test("a renewal that hangs ends by an interruption", async () => {
    const interruption = new AbortController();
    await troubled({ endpoints: true, token: () => interruption.abort() });
    expect((await whoami({ signal: interruption.signal })).code).toBe(130);
  });
});

test("a service without a client for people says so, and names the other ways", async () => {
  const config = { issuer: "https://identity.example.com", clientId: null, scopes: ["openid"], audience: "licensing", authorizationParameters: {} };
  const server = createServer((_request, response) => void response.setHeader("content-type", "application/json").end(JSON.stringify(config)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  whenDone(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect(await licensing(["login", "--no-device", "--url", `http://127.0.0.1:${port}`])).toMatchObject({ code: 1, err: expect.stringMatching(/has no login for people.*LICENSING_TOKEN/) as string });
});
