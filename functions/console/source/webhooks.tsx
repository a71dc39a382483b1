import { useState } from "preact/hooks";
import { hrefOf } from "./address.ts";
import { Allowed, Dialog, Empty, say, Shown } from "./parts.tsx";
import { useLoaded, useService } from "./service.ts";
import { Time } from "./time.tsx";

/** The addresses that hear of events, and whether they do. */
export function Webhooks() {
  const { api } = useService();
  const page = useLoaded("webhooks", () => api.webhooks.list({ limit: 100 }).firstPage());
  return (
    <>
      <h1>Webhooks</h1>
      <Shown of={page}>
        {({ data }) => data.length === 0 ? <Empty>No address hears of events yet. POST /webhooks adds the first.</Empty> : (
          <table>
            <thead><tr><th scope="col">Address</th><th scope="col">State</th><th scope="col">Failing since</th><th scope="col">Types</th></tr></thead>
            <tbody>{data.map((webhook) => (
              <tr key={webhook.id}>
                <td><a class="open" href={hrefOf(["webhooks", webhook.id])}>{webhook.url}</a> <small>{webhook.description}</small></td>
                <td class={webhook.enabled ? "good" : "bad"}>{webhook.enabled ? "enabled" : `disabled: ${webhook.disabledReason ?? "by hand"}`}</td>
                <td><Time at={webhook.failingSince} absent="–" /></td>
                <td>{webhook.types?.join(", ") ?? "all"}</td>
              </tr>
            ))}</tbody>
          </table>
        )}
      </Shown>
    </>
  );
}

/** The deliveries of an address, each with its attempts, and the way to send one again. */
export function WebhookPage({ id }: { readonly id: string }) {
  const { api } = useService();
  const page = useLoaded(id, () => api.webhooks.listDeliveries(id, { limit: 50 }).firstPage());
  const [again, setAgain] = useState<string>();
  return (
    <>
      <h1>Deliveries</h1>
      <Shown of={page}>
        {({ data }, reload) => data.length === 0 ? <Empty>Nothing was sent to this address yet.</Empty> : (
          <>
            <table>
              <thead><tr><th scope="col">Event</th><th scope="col">State</th><th scope="col">Attempts</th><th scope="col">Made</th><th scope="col"><span class="hidden">Actions</span></th></tr></thead>
              <tbody>{data.map((delivery) => (
                <tr key={delivery.id}>
                  <td>{delivery.type} {delivery.licenseId === null ? null : <a href={hrefOf(["licenses", delivery.licenseId])}>{delivery.licenseId}</a>}</td>
                  <td>{delivery.state}</td>
                  <td>{delivery.attempts.map(({ at, status, error }) => <div key={at}>{status ?? error} <small><Time at={at} /></small></div>)}</td>
                  <td><Time at={delivery.createdAt} /></td>
                  <td><Allowed permission="webhook:write" onClick={() => setAgain(delivery.id)}>Send again</Allowed></td>
                </tr>
              ))}</tbody>
            </table>
            {again === undefined ? null : (
              <Dialog title="Send again" doing="Send" onClose={() => setAgain(undefined)} onDo={async () => {
                await api.webhooks.redeliver(again);
                say("It is sent again, with the same id.");
                reload();
              }}>
                <p>The receiver gets the same delivery, with the same id, once more.</p>
              </Dialog>
            )}
          </>
        )}
      </Shown>
    </>
  );
}
