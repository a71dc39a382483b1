import type { Body, Item } from "../client/client.ts";
import { listen } from "./listen.ts";
import type { ListenOptions } from "./listen.ts";
import { instantOption, portNumber, positiveNumber } from "./option-values.ts";
import type { Adding } from "./run.ts";
import { globalsOf, openSession } from "./session.ts";
import { plain, print, table } from "./world.ts";

type Delivery = Item<"webhooksListDeliveries">;
type ReplayOptions = { readonly after: string; readonly before?: string; readonly type?: Body<"webhooksReplay">["types"] };

/** The commands about webhooks. Adding, changing and deleting one is `licensing api webhooks create`, `update` and `delete`. */
export function addWebhooks(adding: Adding): void {
  const webhooks = adding.command("webhooks");
  const { world } = adding;
  webhooks
    .command("list")
    .description("list the webhooks, and whether each receives its deliveries")
    .action(async (_own, command) => {
      const session = openSession(world, globalsOf(command));
      const all = await Array.fromAsync(session.client.webhooks.list({ limit: 100 }, { signal: world.signal }));
      print(session, all, () => table(all.map(({ id, url, enabled, disabledReason, failingSince, types }) =>
        ({ id, url: plain(url), state: enabled ? (failingSince === null ? "works" : `fails since ${failingSince}`) : `disabled (${plain(disabledReason)})`, types: String(types.length) }))));
    });
  webhooks
    .command("deliveries")
    .description("list the deliveries of a webhook, the latest first")
    .argument("<webhook>", "its id")
    .option("--state <state>", "pending, held, delivered or exhausted")
    .option("--limit <number>", "how many of the latest (default 50)", positiveNumber)
    .action(async (webhookId: string, { state, limit = 50 }: { state?: Delivery["state"]; limit?: number }, command) => {
      const session = openSession(world, globalsOf(command));
      const latest: Delivery[] = [];
      for await (const delivery of session.client.webhooks.listDeliveries(webhookId, { ...(state === undefined ? {} : { state }), limit: 100 }, { signal: world.signal })) {
        if (latest.length >= limit) break;
        latest.push(delivery);
      }
      print(session, latest, () => table(latest.map((delivery) =>
        ({ id: delivery.id, type: delivery.type, license: delivery.licenseId ?? "", state: delivery.state, attempts: String(delivery.attempts.length), last: lastAttempt(delivery), created: delivery.createdAt }))));
    });
  addSending(webhooks, adding);
}

function lastAttempt({ attempts }: Delivery): string {
  const last = attempts.at(-1);
  return last === undefined ? "" : plain(last.error ?? String(last.status));
}

function addSending(webhooks: ReturnType<Adding["command"]>, { world }: Adding): void {
  webhooks
    .command("test")
    .description("send a webhook.test to a webhook")
    .argument("<webhook>", "its id")
    .action(async (webhookId: string, _own, command) => {
      const session = openSession(world, globalsOf(command));
      const sent = await session.client.webhooks.test(webhookId, { signal: world.signal });
      print(session, sent, () => `The delivery ${sent.delivery.id} is on its way. \`licensing webhooks deliveries ${webhookId}\` shows how it ends.`);
    });
  webhooks
    .command("replay")
    .description("deliver past events to a webhook again; it must have answered a test before")
    .argument("<webhook>", "its id")
    .requiredOption("--after <instant>", "events from this instant on", instantOption)
    .option("--before <instant>", "events before this instant", instantOption)
    .option("--type <type...>", "only events of these types, e.g. license.suspended")
    .action(async (webhookId: string, { after, before, type }: ReplayOptions, command) => {
      const session = openSession(world, globalsOf(command));
      const body = { after, ...(before === undefined ? {} : { before }), ...(type === undefined ? {} : { types: type }) };
      const replayed = await session.client.webhooks.replay(webhookId, body, { signal: world.signal });
      print(session, replayed, () => `Deliveries on their way: ${replayed.count}.`);
    });
  webhooks
    .command("redeliver")
    .description("send one delivery again")
    .argument("<delivery>", "its id")
    .action(async (deliveryId: string, _own, command) => {
      const session = openSession(world, globalsOf(command));
      const sent = await session.client.webhooks.redeliver(deliveryId, { signal: world.signal });
      print(session, sent, () => `The delivery ${sent.delivery.id} is on its way again.`);
    });
  webhooks
    .command("listen")
    .description("receive deliveries on a port of this machine, verify them and print them, until it is interrupted")
    .option("--port <number>", "the port on 127.0.0.1 (default: a free one)", portNumber)
    .option("--secret <whsec>", "the secret of a webhook that is forwarded to the port; overrides LICENSING_WEBHOOK_SECRET. Without a secret, a service on this machine gets a new webhook, which is deleted at the end")
    .option("--public-key <whpk>", "the public key of a webhook with v1a, in place of a secret")
    .option("--type <type...>", "without a secret: only these types")
    .option("--count <number>", "end after this number of deliveries", positiveNumber)
    .action(async (options: ListenOptions, command) => listen(openSession(world, globalsOf(command)), options));
}
