import { useState } from "preact/hooks";
import type { Body, Item, Reply } from "@licensing/client";
import { go, hrefOf, pageIn, usePlace } from "./address.ts";
import { counted } from "./count.ts";
import { Allowed, Dialog, Empty, Field, More, say, Secret, Shown, Table } from "./parts.tsx";
import { useLoaded, useService } from "./service.ts";
import { fieldMax, fieldOf, instantIn, Time } from "./time.tsx";

type Webhook = Reply<"webhooksRead">;
type Delivery = Item<"webhooksListDeliveries">;

/** The addresses that receive events, and whether deliveries arrive there. */
export function Webhooks() {
  const { api } = useService();
  const { query } = usePlace();
  const at = pageIn(query);
  const page = useLoaded(`webhooks ${at.cursor}`, () => api.webhooks.list({ limit: 50, ...at }).firstPage());
  const [isAdding, setAdding] = useState(false);
  const [made, setMade] = useState<{ readonly id: string; readonly secret: string }>();
  return (
    <>
      <h1>Webhooks</h1>
      <p><Allowed permission="webhook:write" onClick={() => setAdding(true)}>Add an address</Allowed></p>
      <Shown of={page}>
        {({ data, pagination }) => data.length === 0 ? <Empty>No address receives events yet. Add one, and it receives every change within seconds.</Empty> : (
          <>
            <Table heads={["Address", "State", "Failing since", "Types"]} rows={data.map((webhook) => ({
              key: webhook.id,
              cells: [
                <><a class="open" href={hrefOf(["webhooks", webhook.id])}>{webhook.url}</a><small>{webhook.description}</small></>,
                <State of={webhook} />, <Time at={webhook.failingSince} absent="–" />, webhook.types?.join(", ") ?? "all",
              ],
            }))} />
            <More cursor={pagination.nextCursor} href={(next) => hrefOf(["webhooks"], { cursor: next })} />
          </>
        )}
      </Shown>
      {isAdding ? <AddWebhook close={() => setAdding(false)} done={setMade} /> : null}
      {made === undefined ? null : <Secret title="The address's secret" text={made.secret} onClose={() => { setMade(undefined); go(hrefOf(["webhooks", made.id])); }} />}
    </>
  );
}

function State({ of: { enabled, disabledReason } }: { readonly of: Pick<Webhook, "enabled" | "disabledReason"> }) {
  const reasons: Readonly<Record<string, string>> = { manual: "by hand", failing: "after five days of failures", gone: "it answered 410" };
  return <span class={enabled ? "good" : "bad"}>{enabled ? "enabled" : `disabled: ${reasons[disabledReason ?? "manual"]}`}</span>;
}

function AddWebhook({ close, done }: { readonly close: () => void; readonly done: (made: { readonly id: string; readonly secret: string }) => void }) {
  const [given, setGiven] = useState({ url: "", description: "", types: "" });
  const set = (name: keyof typeof given) => (event: { readonly currentTarget: { readonly value: string } }) => setGiven({ ...given, [name]: event.currentTarget.value });
  const types = given.types.split(/[\s,]+/).filter((type) => type !== "");
  const body = { url: given.url.trim(), ...(given.description.trim() === "" ? {} : { description: given.description.trim() }), ...(types.length === 0 ? {} : { types }) } as Body<"webhooksCreate">;
  return (
    <Dialog title="Add an address" doing="Add" isReady={body.url !== ""} call={(api, options) => api.webhooks.create(body, options)} onClose={close} onDone={({ id, secret }) => done({ id, secret: secret ?? "" })}>
      <p>It receives every change from now on, signed with a secret that is shown once.</p>
      <Field label="Address"><input type="url" placeholder="https://hooks.example.com/licenses" value={given.url} onInput={set("url")} /></Field>
      <Field label="What it is for"><input value={given.description} maxLength={500} onInput={set("description")} /></Field>
      <Field label="Types, by commas (empty: all)"><input placeholder="license.suspended, license.revoked" value={given.types} onInput={set("types")} /></Field>
    </Dialog>
  );
}

/** An address, what may be done with it, and its deliveries. */
export function WebhookPage({ id }: { readonly id: string }) {
  const { api } = useService();
  const webhook = useLoaded(id, (signal) => api.webhooks.read(id, { signal }));
  const [changes, setChanges] = useState(0);
  return (
    <Shown of={webhook}>
      {(value, again) => (
        <article>
          <h1>{value.url}</h1>
          <p>{value.description} <State of={value} />{value.failingSince === null ? null : <>, failing since <Time at={value.failingSince} /></>}. Types: {value.types?.join(", ") ?? "all"}.</p>
          {value.enabled && value.failingSince !== null ? <p>Failed deliveries are tried again over three days, and sent when the address answers. After five days of failures the address is disabled. The attempts below name the cause: tell it to the receiver's owner.</p> : null}
          <Actions webhook={value} changed={() => { setChanges(changes + 1); again(); }} />
          <Deliveries webhook={value} changes={changes} />
        </article>
      )}
    </Shown>
  );
}

/** The causes of attempts that got no answer, in words. */
const faults: Readonly<Record<string, string>> = {
  "timeout": "it didn't answer within ten seconds",
  "connection-refused": "nothing listens at its address",
  "connection-broken": "the connection broke",
  "answer-not-http": "something else than a web server answers there",
  "certificate-refused": "its certificate has ended, has another name, or misses an intermediate",
  "name-unresolved": "its name has no address any more",
  "address-not-public": "its name leads into a network that isn't public",
  "url-refused": "its address isn't allowed",
  "keys-unreadable": "its secret can't be read: give it a new secret",
  "body-too-large": "license and event don't fit into 256 KB",
};

/** The outcome of an attempt: a receiver's own status, or the cause without one. */
function outcomeOf({ status, error }: Delivery["attempts"][number]): string {
  if (status !== null && status !== undefined) return `${status}${status < 300 ? "" : status < 400 ? ": redirects aren't followed" : ": the receiver's own answer"}`;
  return faults[error ?? ""] ?? error ?? "";
}

type Action = "test" | "rotate" | "toggle" | "replay" | "delete";

function Actions({ webhook, changed }: { readonly webhook: Webhook; readonly changed: () => void }) {
  const [doing, setDoing] = useState<Action>();
  const [secret, setSecret] = useState<string>();
  const { id, enabled } = webhook;
  const names: Readonly<Record<Action, string>> = { test: "Send a test", toggle: enabled ? "Disable" : "Enable", replay: "Replay", rotate: "New secret", delete: "Delete" };
  const frame = { title: `${names[doing ?? "test"]}: ${webhook.url}`, doing: names[doing ?? "test"], onClose: () => setDoing(undefined) };
  const told = (text: string) => () => {
    say(text);
    changed();
  };
  return (
    <div class="buttons">
      {(Object.keys(names) as Action[]).map((each) => <Allowed key={each} permission="webhook:write" kind={each === "delete" ? "danger" : ""} onClick={() => setDoing(each)}>{names[each]}</Allowed>)}
      {doing === "test" ? <Dialog {...frame} call={(api, options) => api.webhooks.test(id, options)} onDone={told("A test is on its way.")}><p>It gets a delivery of the type webhook.test.</p></Dialog> : null}
      {doing === "toggle" ? <Dialog {...frame} call={(api, options) => api.webhooks.update(id, { enabled: !enabled }, options)} onDone={told(enabled ? "The address is disabled." : "The address is enabled.")}><p>{enabled ? "It gets nothing until it is enabled again. A replay sends the events that it missed." : "It receives events again. Deliveries that were held for it are sent now."}</p></Dialog> : null}
      {doing === "rotate" ? <Dialog {...frame} call={(api, options) => api.webhooks.rotateSecret(id, options)} onDone={({ secret: text }) => { setSecret(text ?? ""); changed(); }}><p>Both secrets sign for 24 hours, so that the receiver can take the new one.</p></Dialog> : null}
      {doing === "replay" ? <Replay id={id} frame={frame} changed={changed} /> : null}
      {doing === "delete" ? <Dialog {...frame} call={(api) => api.webhooks.delete(id)} onDone={() => { go(hrefOf(["webhooks"])); say("The address is deleted."); }}><p>It hears of nothing more, and waiting deliveries are dropped.</p></Dialog> : null}
      {secret === undefined ? null : <Secret title="The new secret" text={secret} onClose={() => setSecret(undefined)} />}
    </div>
  );
}

type Frame = { readonly title: string; readonly doing: string; readonly onClose: () => void };

function Replay({ id, frame, changed }: { readonly id: string; readonly frame: Frame; readonly changed: () => void }) {
  const [after, setAfter] = useState(fieldOf(new Date(Date.now() - 86_400_000).toISOString()));
  return (
    <Dialog {...frame} isReady={instantIn(after) !== undefined} call={(api, options) => api.webhooks.replay(id, { after: instantIn(after) ?? after }, options)} onDone={({ count }) => { say(`Sending ${counted(count, "event")} again.`); changed(); }}>
      <p>It gets the events since this time again, at most 100,000 and twenty a second. A test must have arrived before.</p>
      <Field label="Since"><input type="datetime-local" max={fieldMax} value={after} onInput={(event) => setAfter(event.currentTarget.value)} /></Field>
    </Dialog>
  );
}

const states = ["pending", "held", "delivered", "exhausted"] as const;

/** The deliveries to the address with their attempts, each with a button that sends it again. They load again after each of the page's `changes`. */
function Deliveries({ webhook: { id, failingSince }, changes }: { readonly webhook: Webhook; readonly changes: number }) {
  const { api } = useService();
  const { query } = usePlace();
  const state = states.find((each) => each === query.get("state"));
  const at = pageIn(query);
  const page = useLoaded(`${id} ${state} ${at.cursor} ${changes}`, () => api.webhooks.listDeliveries(id, { limit: 50, ...(state === undefined ? {} : { state }), ...at }).firstPage());
  const [again, setAgain] = useState<Delivery>();
  return (
    <section aria-labelledby="deliveries">
      <h2 id="deliveries">Deliveries</h2>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>State <select value={state ?? ""} onChange={(event) => go(hrefOf(["webhooks", id], { state: event.currentTarget.value }))}><option value="">any</option>{states.map((each) => <option key={each} value={each}>{each}</option>)}</select></label>
      </form>
      <Shown of={page}>
        {({ data, pagination }, reload) => (
          <>
            {data.length === 0 ? <Empty>{state === undefined ? "Nothing was sent to this address yet. Send a test." : `No delivery is ${state}.`}</Empty> : (
              <Table heads={["Event", "State", "Attempts", "Made", ""]} rows={data.map((delivery) => ({
                key: delivery.id,
                cells: [
                  <>{delivery.type} {delivery.licenseId === null ? null : <a class="open" href={hrefOf(["licenses", delivery.licenseId])}>{delivery.licenseId}</a>}</>,
                  <span class={delivery.state === "exhausted" ? "bad" : undefined}>{delivery.state}</span>,
                  <>{delivery.attempts.map((attempt) => <div key={attempt.at} title={attempt.error ?? undefined}>{outcomeOf(attempt)} <small>in {attempt.durationMs} ms, <Time at={attempt.at} /></small></div>)}{delivery.nextAttemptAt === null ? null : <small>{Date.parse(delivery.nextAttemptAt) <= Date.now() ? "due now" : <>next <Time at={delivery.nextAttemptAt} /></>}</small>}</>,
                  <Time at={delivery.createdAt} />,
                  <Allowed permission="webhook:write" onClick={() => setAgain(delivery)}>Send again</Allowed>,
                ],
              }))} />
            )}
            <More cursor={pagination.nextCursor} href={(next) => hrefOf(["webhooks", id], { state, cursor: next })} />
            {again === undefined ? null : (
              <Dialog title={`Send again: ${again.type}`} doing="Send" call={(called, options) => called.webhooks.redeliver(again.id, options)} onClose={() => setAgain(undefined)} onDone={() => { say(failingSince === null ? "It is sent again, with the same id." : "It waits to be sent again, with the same id: while the address fails, one delivery at a time tries it."); reload(); }}>
                <p>The receiver gets the same delivery, with the same id, once more{failingSince === null ? "" : ", when its address answers again"}.</p>
              </Dialog>
            )}
          </>
        )}
      </Shown>
    </section>
  );
}
