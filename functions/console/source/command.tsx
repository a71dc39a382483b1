import type { Client, Operation } from "@licensing/client";
import { operations } from "@licensing/client";

/** The one call that a dialog makes. It passes the options on, where the operation takes a key of idempotency. `ifMatch` is given only if the dialog has a basis. */
export type Call<Value> = (api: Client, options: { readonly idempotencyKey: string; readonly ifMatch?: number | undefined }) => Promise<Value>;

type Given = { readonly noun: string; readonly verb: string; readonly arguments: readonly unknown[] };
type Sent = { readonly name: string; readonly operation: Operation; readonly ids: readonly string[]; readonly body: Members | undefined };
type Members = Readonly<Record<string, unknown>>;

/** Records the operation and the arguments of a call with a client that sends nothing. So a dialog shows the very call that it makes. */
function sentBy(call: Call<unknown>): Sent {
  const nouns = new Proxy({}, { get: (_client, noun: string) => new Proxy({}, { get: (_noun, verb: string) => (...given: readonly unknown[]): Given => ({ noun, verb, arguments: given }) }) });
  const { noun, verb, arguments: given } = call(nouns as Client, { idempotencyKey: "" }) as unknown as Given;
  const operation = (operations as unknown as Readonly<Record<string, Readonly<Record<string, Operation>>>>)[noun]?.[verb];
  if (operation === undefined) throw new Error(`The client has no ${noun}.${verb}.`);
  const count = operation.params.length;
  return { name: `${noun}.${verb}`, operation, ids: given.slice(0, count).map(String), body: operation.takes === "body" ? (given[count] as Members | undefined) : undefined };
}

/** The request of a call, as text. Calls that send different requests have different texts. */
export function sentOf(call: Call<unknown>): string {
  return curlOf(sentBy(call));
}

/** The same change by `curl` and by the command line `licensing`. */
export function Commands({ call }: { readonly call: Call<unknown> }) {
  const sent = sentBy(call);
  return (
    <details class="commands">
      <summary>The same as a command</summary>
      <pre>{curlOf(sent)}</pre>
      <pre>{["licensing", ...licensingOf(sent)].map(quoted).join(" ")}</pre>
    </details>
  );
}

function curlOf({ operation: { method, path, params }, ids, body }: Sent): string {
  const address = params.reduce((text, name, at) => text.replace(`{${name}}`, encodeURIComponent(ids[at] ?? "")), path);
  const json = body === undefined ? "" : ` \\\n  -H 'Content-Type: application/json' \\\n  -d ${quoted(JSON.stringify(body))}`;
  return `curl -X ${method} ${quoted(`${location.origin}${address}`)} \\\n  -H "Authorization: Bearer $LICENSING_TOKEN"${json}`;
}

/** The command for people, such as `suspend`, or else `api` with the operation's name. */
function licensingOf({ name, ids, body = {}, operation }: Sent): readonly string[] {
  const [id = ""] = ids;
  const reason = flag("--reason", body["reason"]);
  switch (name) {
    case "licenses.suspend": return ["suspend", id, ...reason];
    case "licenses.reinstate": return ["reinstate", id, ...reason];
    case "licenses.revoke": return ["revoke", id, ...reason];
    case "licenses.renew": return ["renew", id, ...flag("--periods", body["periods"]), ...reason];
    case "licenses.rotateKey": return ["rotate-key", id, ...flag("--overlap", body["overlapSeconds"])];
    case "licenses.transfer": return ["transfer", id, "--to", holderText(body["holder"]), ...reason];
    case "licenses.releaseSeats": return ["seats", "free", id, "--all", ...reason];
    case "activations.deactivate": return ["seats", "free", id];
    case "policies.apply": return ["policies", "apply", id, "--yes"];
    case "keys.check": return ["keys", "check"];
    default: return ["api", ...name.split(".").map(kebab), ...ids, ...(operation.takes === "body" && Object.keys(body).length > 0 ? ["--body", JSON.stringify(body)] : [])];
  }
}

function flag(name: string, value: unknown): readonly string[] {
  return value === undefined ? [] : [name, String(value)];
}

function holderText(holder: unknown): string {
  const { type, id } = holder as { readonly type: string; readonly id: string };
  return `${type}:${id}`;
}

function kebab(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** One word of a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
