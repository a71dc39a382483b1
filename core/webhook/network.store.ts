import { Resolver } from "node:dns/promises";
import { connect, type Socket } from "node:net";
import type { Runtime } from "../platform/runtime.ts";
import { isLoopbackAddress, isPublicAddress, readAddress, type WebhookAddress } from "./address.ts";

/** The network as webhooks use it; tests pass one of their own. */
export type Network = {
  /** In local work (stage `local`) http to loopback is admitted. */
  readonly isLocal: boolean;
  /** Every address of a name, of both families; empty if it has none. It never rejects, and ends with the signal. */
  readonly resolve: (name: string, signal: AbortSignal) => Promise<readonly string[]>;
  readonly isPublic: (address: string) => boolean;
  /** Connects to an address, never to a name. */
  readonly connect: (target: { readonly host: string; readonly port: number }) => Socket;
  /** PEM of the authorities to trust in place of Node's. */
  readonly ca?: string;
  /** Aborted when an exchange must end. */
  readonly deadline: () => AbortSignal;
  /** Aborted when a name's next address must be tried. */
  readonly patience: () => AbortSignal;
  readonly now: () => Date;
};

/** For one exchange, from the first question about its name to the end of its answer. */
const exchangeMs = 10_000;
/** For a connection to one of several addresses: one that swallows packets must not hide the others. */
const connectionMs = 2_500;
/** A question to the name servers, asked at most twice. */
const questionMs = 2_000;
const questionsMax = 2;
/** A name has few addresses. A name with more than this is refused. */
const addressesMax = 64;

/** `nameServers`: in place of the system's, as `address:port`. */
export function createNetwork({ config, now }: Pick<Runtime, "config" | "now">, nameServers?: readonly string[]): Network {
  return {
    isLocal: config.stage === "local",
    resolve: (name, signal) => resolve(name, { signal, nameServers }),
    isPublic: isPublicAddress,
    connect,
    deadline: () => AbortSignal.timeout(exchangeMs),
    patience: () => AbortSignal.timeout(connectionMs),
    now,
  };
}

/** A URL that may be used, and the addresses that its connection may have, IPv4 first. */
export type Resolved = { readonly address: WebhookAddress; readonly ips: readonly string[]; readonly isAllowed: (ip: string) => boolean };
/** `reason` is short and stable, for a delivery's attempt; `fault` completes a problem document. */
export type Unresolved = { readonly reason: "url-refused" | "name-unresolved" | "address-not-public"; readonly fault: string };

/**
 * Reads a webhook's URL and resolves its name. One address that isn't public refuses all of them: a client that tries another
 * address after a failure would arrive there.
 */
export async function resolveUrl(text: string, network: Network, signal: AbortSignal = network.deadline()): Promise<Resolved | Unresolved> {
  const address = readAddress(text, network);
  if ("fault" in address) return { reason: "url-refused", fault: address.fault };
  const isAllowed = address.isLoopback ? isLoopbackAddress : network.isPublic;
  const ips = address.isLoopback ? loopbackOf(address.host) : await network.resolve(address.host, signal);
  if (ips.length === 0) return { reason: "name-unresolved", fault: "names a host that doesn't resolve to an address" };
  if (ips.length > addressesMax || !ips.every(isAllowed)) return { reason: "address-not-public", fault: "names a host that resolves to an address that isn't public" };
  return { address, ips: ips.toSorted((one, other) => familyOf(one) - familyOf(other)), isAllowed };
}

function loopbackOf(host: string): readonly string[] {
  return host === "localhost" ? ["127.0.0.1", "::1"] : [host];
}

function familyOf(ip: string): 4 | 6 {
  return ip.includes(":") ? 6 : 4;
}

type Asking = { readonly signal: AbortSignal; readonly nameServers: readonly string[] | undefined };

/**
 * Asks the name servers and nobody else: `dns.lookup` would read the host's own file of names, and waits in a pool of four threads
 * that a few slow name servers could fill.
 */
async function resolve(name: string, { signal, nameServers }: Asking): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: questionMs, tries: questionsMax });
  if (nameServers !== undefined) resolver.setServers(nameServers);
  const cancel = () => resolver.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  signal.removeEventListener("abort", cancel);
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}
