import { BlockList, isIP } from "node:net";

/**
 * The addresses that a webhook may have, by their text and by the IP addresses that their name resolves to. A caller that may add
 * a webhook chooses where this service sends requests, so none may reach its own network: metadata, loopback, neighbours.
 */
type Target = { readonly host: string; readonly port: number };

/** `host`: a name to resolve, or in local work an address or `localhost`. */
export type WebhookAddress = Target & { readonly url: URL; readonly isLoopback: boolean };

type AddressFault = { readonly fault: string };

export const urlCharactersMax = 2048;
const httpsPort = 443;
const httpPort = 80;
const nameCharactersMax = 253;

/**
 * Reads a URL by its rules. The parsed URL is judged, not its text: the parser turns `2130706433`, `0x7f.1` and circled digits into
 * `127.0.0.1`. `isLocal`: on one machine, http to loopback is admitted too.
 */
export function readAddress(text: string, { isLocal }: { readonly isLocal: boolean }): WebhookAddress | AddressFault {
  if (text.length > urlCharactersMax) return { fault: `must have at most ${urlCharactersMax} characters` };
  const url = URL.parse(text);
  if (url === null) return { fault: "must be an https URL" };
  const fault = faultOf(url);
  if (fault !== undefined) return { fault };
  if (isLocal && url.protocol === "http:") return readLoopback(url);
  if (url.protocol !== "https:") return { fault: "must be an https URL" };
  const port = url.port === "" ? httpsPort : Number(url.port);
  if (port !== httpsPort) return { fault: `must use port ${httpsPort}` };
  const nameFault = faultOfName(url.hostname);
  return nameFault === undefined ? { url, host: url.hostname, port, isLoopback: false } : { fault: nameFault };
}

/** Whether packets to this address leave for the public internet. The text is an address as resolvers and sockets write it. */
export function isPublicAddress(address: string): boolean {
  // A zone names an interface of this machine.
  if (address.includes("%")) return false;
  const version = isIP(address);
  if (version === 4) return !blocked.check(address, "ipv4");
  return version === 6 && globalUnicast.check(address, "ipv6") && !blocked.check(address, "ipv6") && !holdsTunnel(address);
}

/** Whether the address is this machine's own loopback. */
export function isLoopbackAddress(address: string): boolean {
  const version = isIP(address);
  return version === 4 ? loopback.check(address, "ipv4") : address === "::1";
}

function faultOf(url: URL): string | undefined {
  if (url.username !== "" || url.password !== "") return "must not contain a user or a password";
  // A fragment is never sent, so an address with one can't do what its author expects.
  if (url.hash !== "") return "must not contain a fragment";
  return undefined;
}

/** By RFC 6761 §6.3 `localhost` is the loopback, whatever a resolver answers. */
function readLoopback(url: URL): WebhookAddress | AddressFault {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (host !== "localhost" && !isLoopbackAddress(host)) return { fault: "must be an https URL (http only to loopback, in local work)" };
  return { url, host, port: url.port === "" ? httpPort : Number(url.port), isLoopback: true };
}

function faultOfName(host: string): string | undefined {
  if (host.startsWith("[") || isIP(host) !== 0) return "must name a host, not an address";
  if (host.length > nameCharactersMax) return `must name a host of at most ${nameCharactersMax} characters`;
  // A name that ends with a dot isn't the name in its own certificate. One without a dot is a name of this network.
  if (host.endsWith(".") || !host.includes(".")) return "must name a host by its full public name";
  return undefined;
}

/**
 * All of IANA's special-purpose registry for IPv4 (RFC 6890 and later), including ranges that are globally reachable by their
 * definition but serve only relays (AS112, AMT, 6to4). 168.63.129.16 is a public address that belongs to Azure's hosts.
 */
const specialIpv4 = [
  "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12",
  "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
  "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
];

/**
 * Special parts of 2000::/3, the only global unicast that IANA assigns from. Protocol assignments with Teredo and ORCHID (2001::/23),
 * documentation (2001:db8::/32, 3fff::/20), 6to4 (2002::/16), AS112 (2620:4f:8000::/48) and the returned 6bone (3ffe::/16, RFC 3701).
 */
const specialIpv6 = ["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3ffe::/16", "3fff::/20"];

const blocked = blockListOf([...specialIpv4, ...specialIpv6]);
const globalUnicast = blockListOf(["2000::/3"]);
const loopback = blockListOf(["127.0.0.0/8"]);

function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits = ""] = range.split("/");
    list.addSubnet(network, Number(bits), network.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}

/** An ISATAP address (RFC 5214 §6.1) ends with `0:5efe` or `200:5efe` and the IPv4 address that the packet is tunnelled to. */
function holdsTunnel(address: string): boolean {
  const canonical = URL.parse(`http://[${address}]`)?.hostname ?? "";
  return /(:|:0|:200):5efe:[0-9a-f]{1,4}:[0-9a-f]{1,4}\]$/.test(canonical);
}
