import { describe, expect, test } from "vitest";
import { createClient, LicensingError } from "@licensing/core/client/client.ts";
import type { ClientOptions, Credential, World } from "@licensing/core/client/client.ts";

type Seen = { readonly method: string; readonly url: string; readonly headers: Headers; readonly body: string };
type Script = (seen: Seen, attempt: number) => Response | Promise<Response>;

const license = { id: "7", sequence: 3 };
const problem = (code: string, status: number, more: object = {}, headers: Record<string, string> = {}) =>
  Response.json({ type: `https://x/problems/${code}`, title: "A title", detail: "Do this.", status, code, instance: "urn:request:r-12345678", requestId: "r-12345678", ...more }, { status, headers });

/** A client whose service is the script, on a clock that only pauses move. */
function clientOf(script: Script, options: Partial<Omit<ClientOptions, "world">> = {}, world: Partial<World> = {}) {
  const seen: Seen[] = [];
  const pauses: number[] = [];
  let nowMs = 1_000_000;
  const fetch: World["fetch"] = async (request) => {
    const one = { method: request.method, url: request.url, headers: request.headers, body: await request.text() };
    seen.push(one);
    return script(one, seen.length);
  };
  const sleep: World["sleep"] = async (ms) => {
    pauses.push(ms);
    nowMs += ms;
  };
  const client = createClient({ url: "https://licensing.example", credentials: () => ({ token: "t" }), world: { fetch, sleep, nowMs: () => nowMs, random: () => 1, ...world }, ...options });
  return { client, seen, pauses };
}

async function errorFrom(call: Promise<unknown>): Promise<LicensingError> {
  const error = await call.then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LicensingError);
  return error as LicensingError;
}

const keyOf = ({ headers }: Seen) => headers.get("idempotency-key");
const lost = () => Promise.reject(Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) }));

describe("a call", () => {
  test("refuses a credential that no header can hold, and doesn't repeat it", async () => {
    const { client, seen } = clientOf(() => Response.json(license), { credentials: () => ({ token: "secret\nwords" }) });
    await expect(client.licenses.read("7")).rejects.toThrow(new TypeError("the credential has a line break or another character that a header can't hold"));
    expect(seen).toEqual([]);
  });

  test("names its operation by noun and verb: arguments of the path first, then the body or the filters", async () => {
    const { client, seen } = clientOf(() => Response.json({ license, data: [], pagination: { hasMore: false, nextCursor: null } }));
    await client.licenses.suspend("7", { reason: "chargeback" });
    await client.licenses.list({ status: "SUSPENDED", metadata: { "metadata.order": "A 1" } }).firstPage();
    await client.licenses.validate({ key: "K" }, { query: { dryRun: true } });
    await client.policies.apply("pro", { dryRun: true });
    expect(seen.map(({ method, url, body }) => `${method} ${url} ${body}`)).toEqual([
      'POST https://licensing.example/v1/api/licensing/licenses/7/suspend {"reason":"chargeback"}',
      "GET https://licensing.example/v1/api/licensing/licenses?status=SUSPENDED&metadata.order=A%201 ",
      'POST https://licensing.example/v1/api/licensing/licenses/validate?dryRun=true {"key":"K"}',
      "POST https://licensing.example/v1/api/licensing/policies/pro/apply?dryRun=true ",
    ]);
  });

  test("carries the credential of each kind, and ids can't change its address", async () => {
    const kinds: readonly Credential[] = [{ token: "t" }, { clientId: "billing", clientSecret: "ünder:lock" }, { licenseKey: "LIC-1" }];
    const sent = [];
    for (const credential of kinds) {
      const { client, seen } = clientOf(() => Response.json(license), { credentials: () => credential });
      await client.licenses.read("7/../8?x");
      sent.push([seen[0]?.url, seen[0]?.headers.get("authorization")]);
      for (const id of ["", ".", ".."]) expect(() => client.licenses.read(id)).toThrow(TypeError);
    }
    const at = "https://licensing.example/v1/api/licensing/licenses/7%2F..%2F8%3Fx";
    expect(sent).toEqual([[at, "Bearer t"], [at, `Basic ${Buffer.from("billing:ünder:lock").toString("base64")}`], [at, "License LIC-1"]]);
  });

  test.each(["", "https://licensing.example/v1/api/licensing", "licensing.example", "ftp://licensing.example", "https://user@licensing.example", "https://licensing.example/?a=1"])(
    "needs the service's origin: %s is refused when the client is made",
    (url) => expect(() => createClient({ url, credentials: () => undefined })).toThrow(new TypeError(`url must be the service's origin, such as https://licensing.example.com, and not ${url || "empty"}`)),
  );
});

describe("a change", () => {
  test("has an Idempotency-Key from before its first attempt, the same in every attempt and another in every call", async () => {
    const { client, seen } = clientOf((_sent, attempt) => (attempt === 1 ? lost() : attempt === 2 ? problem("outcome-unknown", 503) : Response.json({ license })));
    await client.licenses.renew("7", { periods: 2 });
    await client.licenses.renew("7", { periods: 2 });
    const [first, second, third, other] = seen.map(keyOf);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect([second, third]).toEqual([first, first]);
    expect(other).not.toBe(first);
    expect(seen.map(({ body }) => body)).toEqual(Array(4).fill('{"periods":2}'));
  });

  test("takes the caller's key, and says its key when the outcome is unknown", async () => {
    const { client, seen } = clientOf(() => lost());
    const error = await errorFrom(client.licenses.revoke("7", {}, { idempotencyKey: "order-4711" }));
    expect(seen.map(keyOf)).toEqual(Array(4).fill("order-4711"));
    expect(error).toMatchObject({ code: "unreachable", idempotencyKey: "order-4711", status: undefined, message: "https://licensing.example did not answer: ECONNRESET." });
  });

  test("by the client's own http has a key, too", async () => {
    const { client, seen } = clientOf((_sent, attempt) => (attempt === 1 ? lost() : Response.json({ license })));
    await client.http.POST("/v1/api/licensing/licenses", { body: { policy: "pro", holder: { type: "user", id: "ada" } } });
    expect(seen.map(keyOf)).toEqual([keyOf(seen[0] as Seen), keyOf(seen[0] as Seen)]);
    expect(keyOf(seen[0] as Seen)).toMatch(/^[0-9a-f]{32}$/);
  });

  test("based on a sequence says it in If-Match", async () => {
    const { client, seen } = clientOf(() => problem("sequence-mismatch", 412));
    expect((await errorFrom(client.licenses.update("7", { name: "x" }, { ifMatch: license.sequence }))).code).toBe("sequence-mismatch");
    expect(seen.map(({ headers }) => headers.get("if-match"))).toEqual(['"3"']);
  });

  test("questions and heartbeats have no key: their repetition changes nothing more", async () => {
    const { client, seen } = clientOf(() => Response.json({}));
    await client.licenses.find({ text: "ada" });
    await client.activations.heartbeat("9");
    await client.keys.check();
    await client.licenses.read("7");
    await client.activations.deactivate("9");
    expect(seen.map(keyOf)).toEqual(Array(5).fill(null));
  });
});

describe("a failed attempt", () => {
  test.each([429, 502, 503, 504])("with status %d is repeated, four attempts in all, with doubled pauses", async (status) => {
    const { client, seen, pauses } = clientOf(() => problem("dependency-unavailable", status));
    expect((await errorFrom(client.licenses.read("7"))).status).toBe(status);
    expect(seen).toHaveLength(4);
    expect(pauses).toEqual([250, 500, 1_000]);
  });

  test.each([400, 401, 403, 404, 409, 412, 422, 500])("with status %d isn't repeated", async (status) => {
    const { client, seen } = clientOf(() => problem("license-revoked", status));
    await errorFrom(client.licenses.suspend("7"));
    expect(seen).toHaveLength(1);
  });

  test("waits at least as long as Retry-After says, in seconds or until a date, and never longer than the budget", async () => {
    const { client, pauses } = clientOf((_sent, attempt) => problem("rate-limited", 429, {}, { "retry-after": attempt === 1 ? "7" : new Date(1_010_000).toUTCString() }));
    await errorFrom(client.licenses.read("7"));
    expect(pauses[0]).toBe(7_000);
    expect(pauses[1]).toBe(3_000);
    const hour = clientOf(() => problem("rate-limited", 429, {}, { "retry-after": "3600" }));
    expect(await errorFrom(hour.client.licenses.read("7"))).toMatchObject({ code: "rate-limited", retryAfterSeconds: 3_600 });
    expect(hour.pauses).toEqual([]);
  });

  test("whose answer breaks off within its body is repeated", async () => {
    const broken = () => new Response(new ReadableStream({ start: (stream) => stream.error(new TypeError("terminated")) }));
    const { client, seen } = clientOf((_sent, attempt) => (attempt === 1 ? broken() : Response.json(license)));
    expect(await client.licenses.read("7")).toEqual(license);
    expect(seen).toHaveLength(2);
  });

  test("ends at the caller's signal, with the signal's reason and without another attempt", async () => {
    const abort = new AbortController();
    const { client, seen } = clientOf(() => (abort.abort(new Error("no longer needed")), lost()));
    await expect(client.licenses.issue({ policy: "pro", holder: { type: "user", id: "ada" } }, { signal: abort.signal })).rejects.toThrow("no longer needed");
    expect(seen).toHaveLength(1);
    const whilePausing = new AbortController();
    const limited: World["fetch"] = async () => {
      setImmediate(() => whilePausing.abort(new Error("stop")));
      return problem("rate-limited", 429, {}, { "retry-after": "30" });
    };
    const real = createClient({ url: "https://licensing.example", credentials: () => undefined, world: { fetch: limited } });
    await expect(real.licenses.read("7", { signal: whilePausing.signal })).rejects.toThrow("stop");
  });
});

describe("a refused credential", () => {
  test("is renewed once: the function learns which one was refused, and the call is sent again with another", async () => {
    const asked: (Credential | undefined)[] = [];
    const credentials = (refused?: Credential) => (asked.push(refused), { token: refused === undefined ? "old" : "new" });
    const { client, seen } = clientOf(({ headers }) => (headers.get("authorization") === "Bearer new" ? Response.json({ license }) : problem("unauthenticated", 401)), { credentials });
    await client.licenses.suspend("7");
    expect(asked).toEqual([undefined, { token: "old" }]);
    expect(seen.map(keyOf)).toEqual([keyOf(seen[0] as Seen), keyOf(seen[0] as Seen)]);
  });

  test("that isn't replaced is the caller's problem, after one attempt; and a refused replacement after two", async () => {
    const same = clientOf(() => problem("unauthenticated", 401));
    expect((await errorFrom(same.client.licenses.read("7"))).code).toBe("unauthenticated");
    expect(same.seen).toHaveLength(1);
    let count = 0;
    const other = clientOf(() => problem("unauthenticated", 401), { credentials: () => ({ token: String((count += 1)) }) });
    expect((await errorFrom(other.client.licenses.read("7"))).code).toBe("unauthenticated");
    expect(other.seen).toHaveLength(2);
  });
});

describe("an error", () => {
  test("is a sentence, the problem's code and every fault", async () => {
    const errors = [{ pointer: "/holder/id", detail: "is required" }, { pointer: "/policy", detail: "is required" }];
    const { client } = clientOf(() => problem("malformed-request", 400, { errors }));
    const error = await errorFrom(client.licenses.issue({ policy: "", holder: { type: "", id: "" } }));
    expect(error).toMatchObject({ code: "malformed-request", status: 400, requestId: "r-12345678", faults: errors, problem: { title: "A title" } });
    expect(error.message).toBe("Do this. /holder/id is required; /policy is required");
    const { client: brief } = clientOf(() => problem("malformed-request", 400, { detail: undefined, errors }));
    expect((await errorFrom(brief.licenses.read("7"))).message).toBe("A title. /holder/id is required; /policy is required");
  });

  test.each<[string, () => Response]>([
    ["a page of another server", () => new Response("<h1>Welcome</h1>", { status: 200, headers: { "content-type": "text/html" } })],
    ["a gateway's text", () => new Response("Bad Request", { status: 400 })],
    ["another JSON", () => Response.json({ message: "Forbidden" }, { status: 403 })],
    ["a redirect, which isn't followed with a credential", () => new Response(null, { status: 302, headers: { location: "https://elsewhere.example" } })],
  ])("is unexpected-answer for %s", async (_what, answer) => {
    const { client, seen } = clientOf(answer);
    expect((await errorFrom(client.licenses.read("7"))).code).toBe("unexpected-answer");
    expect(seen).toHaveLength(1);
  });
});

describe("a list", () => {
  const pages: Script = ({ url }) => {
    const at = Number(new URL(url).searchParams.get("cursor") ?? "0");
    return Response.json({ data: [{ id: `${at}a` }, { id: `${at}b` }], pagination: { hasMore: at < 2, nextCursor: at < 2 ? String(at + 1) : null } });
  };

  test("is read to its end by for await, each page when it is needed", async () => {
    const { client, seen } = clientOf(pages);
    const list = client.licenses.list({ limit: 2 });
    const ids = [];
    for await (const { id } of list) {
      ids.push(id);
      if (id === "1a") break;
    }
    expect([ids, seen.length]).toEqual([["0a", "0b", "1a"], 2]);
    expect((await Array.fromAsync(list)).map(({ id }) => id)).toEqual(["0a", "0b", "1a", "1b", "2a", "2b"]);
    expect(seen.every(({ url }) => url.includes("limit=2"))).toBe(true);
  });

  test("goes on from a cursor, and is read page by page", async () => {
    const { client } = clientOf(pages);
    const found = await Array.fromAsync(client.events.listOfLicense("7", { cursor: "1" }).pages());
    expect(found.map(({ data, pagination }) => [data.length, pagination.nextCursor])).toEqual([[2, "2"], [2, null]]);
    expect((await client.policies.list().firstPage()).pagination.nextCursor).toBe("1");
  });
});

test("a certificate is a text, and a freed seat is no value", async () => {
  const { client, seen } = clientOf(({ method }) => (method === "GET" ? new Response("ey.J.x", { headers: { "content-type": "application/jose" } }) : new Response(null, { status: 204 })));
  const statuses: number[] = [];
  expect(await client.licenses.certificate("7")).toBe("ey.J.x");
  expect(await client.activations.deactivate("9", { onResponse: ({ status }) => statuses.push(status) })).toBeUndefined();
  expect([seen[0]?.headers.get("accept"), statuses]).toEqual(["application/jose", [204]]);
});

test("a browser's 204, which has an empty body, is no failure", async () => {
  // Chromium gives it a stream; Node's own Response can't be made so.
  const empty = { status: 204, ok: true, headers: new Headers(), body: new ReadableStream(), arrayBuffer: () => Promise.resolve(new ArrayBuffer(0)) };
  const { client, seen } = clientOf(() => empty as unknown as Response);
  expect(await client.activations.deactivate("9")).toBeUndefined();
  expect(seen).toHaveLength(1);
});
