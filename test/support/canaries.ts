import { createHash, randomBytes } from "node:crypto";
import { createTokenKey, makeToken } from "./token-issuer.ts";
import type { Answer, Service } from "./service.ts";
import { base } from "./service.ts";
import { requestOf, routeOf, verbOf, verbs } from "./verbs.ts";
import type { Verb } from "./verbs.ts";

/** Secrets by their kind. Each is searched for in every form in which it could be printed. */
export type Canaries = {
  /** Records a secret and returns it. */
  readonly note: (what: string, secret: string) => string;
  /** The kinds of recorded secrets that a text contains. */
  readonly foundIn: (text: string) => readonly string[];
  readonly count: () => number;
};

const lengthMin = 8;

export function createCanaries(): Canaries {
  const noted = new Map<string, string>();
  return {
    note: (what, secret) => {
      if (secret.length < lengthMin) throw new Error(`${what} is too short to be looked for`);
      noted.set(secret, what);
      return secret;
    },
    foundIn: (text) => [...noted].flatMap(([secret, what]) => (formsOf(secret).some((form) => text.includes(form)) ? [what] : [])),
    count: () => noted.size,
  };
}

/** The secret itself, its forms in JSON, URLs, base64 and hex, without dashes, and its digest. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), secret.replaceAll("-", ""), secret.replaceAll("\n", "")];
  return [...forms, bytes.toString("base64").replace(/=+$/, ""), bytes.toString("base64url"), bytes.toString("hex"), createHash("sha256").update(bytes).digest("hex")];
}

/** A PEM's lines, none of which may get out. */
export function noteConfiguration(canaries: Canaries, environment: Readonly<Record<string, string>>): void {
  for (const name of ["APP_ENV_APPLICATION_SECRET", "APP_ENV_LICENSING_KEY_PEPPER", "APP_ENV_UPSTASH_REDIS_REST_TOKEN"]) {
    canaries.note(name, environment[name] ?? "");
  }
  notePem(canaries, environment["APP_ENV_LICENSING_ED25519_PRIVATE_KEY"] ?? "");
  canaries.note("database password", decodeURIComponent(URL.parse(environment["APP_ENV_DATABASE_URL"] ?? "")?.password ?? ""));
}

export function notePem(canaries: Canaries, pem: string): void {
  const lines = pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
  for (const line of lines) canaries.note("signing key", line);
}

type Client = Pick<Service, "call" | "token">;

/** The answers of a round: every body of 400 and more, and the number of answers by status. */
export type Round = { readonly problems: readonly string[]; readonly statuses: Readonly<Record<number, number>> };

let rounds = 0;

/**
 * The main routes once, with a canary in everything that a caller can put into a request and a note of every secret in the
 * answers. It goes on after any answer, so that it can run during failures.
 */
export async function sendCanaries({ call, token }: Client, canaries: Canaries): Promise<Round> {
  rounds += 1;
  const run = `${rounds}-${randomBytes(6).toString("hex")}`;
  const made = (what: string) => canaries.note(what, `canary-${what.replaceAll(" ", "-")}-${run}`);
  const problems: string[] = [];
  const statuses: Record<number, number> = {};
  const bearer = canaries.note("bearer token", await token("admin", `caller-${run}`));
  const send: Service["call"] = async (method, path, options = {}) => {
    const headers = { "idempotency-key": made("idempotency key") + String(Math.random()), ...options.headers };
    const answer = await call(method, path.startsWith("/") ? path : `${base}/${path}`, { authorization: `Bearer ${bearer}`, ...options, headers }).catch(() => none);
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    if (answer.status >= 400) problems.push(answer.text);
    return answer;
  };
  await sendLicense({ send, made, canaries, run });
  await sendAccess({ send, made, canaries, run });
  await sendNonsense({ send, made, canaries, run });
  return { problems, statuses };
}

const none: Answer = { status: 0, headers: new Headers(), text: "", body: undefined };

type Sending = { readonly send: Service["call"]; readonly made: (what: string) => string; readonly canaries: Canaries; readonly run: string };

const ofLicense = verbs.filter((verb) => routeOf(verb).path.includes("{licenseId}"));

async function sendLicense({ send, made, canaries, run }: Sending): Promise<void> {
  const [first, second] = [made("fingerprint"), made("other fingerprint")];
  const policy = { code: `canary-${run}`, name: made("policy name"), description: made("description"), activationLimit: 1, features: { [`canary-${run}`]: made("feature") } };
  await send("POST", "policies", { body: policy });
  await send("POST", "policies", { body: policy });
  const holder = { type: "user", id: made("holder") };
  const imported = made("imported license key");
  const issue = { policy: policy.code, holder, name: made("license name"), metadata: { note: made("metadata") }, key: imported };
  await send("POST", "licenses", { body: issue });
  await send("POST", "licenses", { body: issue });
  const issued = await send("POST", "licenses", { body: { policy: policy.code, holder } });
  const licenseId = String(issued.body?.license?.id ?? "7");
  const key = canaries.note("license key", String(issued.body?.key ?? `LIC-UNISSUED-${run}`));
  const at = `licenses/${licenseId}`;
  for (const fingerprint of [first, second]) await send("POST", "activations", { body: { licenseId, fingerprint, name: made("seat name") } });
  for (const search of [first, holder.id]) await send("GET", `licenses?search=${search}`);
  await send("GET", `licenses?holderId=${holder.id}`);
  for (const authorization of [`License ${key}`, `License ${imported}`, `License ${made("wrong license key")}`]) {
    await send("POST", "licenses/validate", { authorization, body: { fingerprint: first, nonce: made("nonce") } });
    await send("GET", at, { authorization });
  }
  await send("POST", "licenses/validate", { body: { key: made("key in a body"), fingerprint: second } });
  for (const accept of ["application/jose", "application/x-license-file"]) {
    const { status, text } = await send("GET", `${at}/certificate`, { headers: { accept } });
    if (status === 200) canaries.note(accept, text.trim());
  }
  await send("PATCH", at, { body: { metadata: { note: made("other metadata") } } });
  const subject = { licenseId, key, seat: "7", fingerprint: second, mark: made("mark") };
  const sendVerb = async (verb: Verb) => {
    const { method, path, body } = requestOf(verb, subject);
    const answer = await send(method, path, { body: { ...body, reason: made("reason") } });
    if (answer.status === 200 && answer.body.key !== undefined) canaries.note("rotated license key", String(answer.body.key));
  };
  for (const verb of ofLicense) {
    // The second suspension is refused, and a refusal must not repeat the reason either.
    for (const name of verb.after ?? []) await sendVerb(verbOf(name));
    await sendVerb(verb);
  }
  await send("GET", `${at}/events?format=csv`);
  await send("GET", `license-events?actor=${first}`);
}

async function sendAccess({ send, made, canaries }: Sending): Promise<void> {
  const created = await send("POST", "credentials", { body: { name: made("credential name"), roles: ["licensing-service"] } });
  const clientId = String(created.body?.clientId ?? made("client id"));
  const secret = canaries.note("credential secret", String(created.body?.secret ?? made("secret")));
  for (const password of [secret, made("wrong secret")]) {
    const basic = canaries.note("basic credential", Buffer.from(`${clientId}:${password}`).toString("base64"));
    await send("GET", "licenses", { authorization: `Basic ${basic}` });
  }
  await send("POST", "policy-definitions", { body: { variant: "assign_role", subject: `user:${made("person")}`, target: "role:licensing-auditor" } });
  await send("GET", "keys");
  await send("POST", "keys/check", { body: {} });
  const stranger = makeToken(createTokenKey("a-stranger"), Date.now(), { claims: { sub: made("stranger") } });
  await send("GET", "licenses", { authorization: `Bearer ${canaries.note("stranger's token", stranger)}` });
}

async function sendNonsense({ send, made }: Sending): Promise<void> {
  await send("GET", "licenses", { authorization: `Bearer ${made("no token")}` });
  await send("GET", "licenses", { authorization: `Digest ${made("digest")}, Bearer ${made("second credential")}` });
  await send("POST", "activations", { body: `{"licenseId": 7, "fingerprint": "${made("cut fingerprint")}` });
  await send("POST", "activations", { body: { licenseId: made("id"), fingerprint: [made("listed fingerprint")], name: 7 } });
  await send("POST", "licenses/validate", { body: `{"key": "${made("twice")}", "key": "${made("twice again")}"}` });
  await send("GET", `licenses?cursor=${made("cursor")}&limit=${made("limit")}`);
  await send("GET", `licenses/${made("id in a path")}?token=${made("query")}`);
  await send("GET", `/${made("nowhere")}?token=${made("query of nowhere")}`);
  await send("DELETE", `activations/${made("activation")}`);
}
