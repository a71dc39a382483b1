import { describe, expect, test } from "vitest";
import { isLoopbackAddress, isPublicAddress, readAddress, urlCharactersMax } from "@licensing/core/webhook/address.ts";

const faultOf = (text: string, isLocal = false) => {
  const read = readAddress(text, { isLocal });
  return "fault" in read ? read.fault : undefined;
};

/** Addresses that a resolver may answer, and that aren't public. */
const notPublic: readonly string[] = [
  // This host, private networks, carriers' networks.
  "0.0.0.0", "0.0.0.1", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.100.100.200", "100.127.255.255",
  "127.0.0.0", "127.0.0.1", "127.0.1.1", "127.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255",
  // Metadata: AWS, its containers, Azure's host, Oracle, Alibaba.
  "169.254.0.0", "169.254.169.254", "169.254.170.2", "169.254.169.123", "169.254.255.255", "168.63.129.16", "192.0.0.192",
  // Protocols, documentation, relays, benchmarks.
  "192.0.0.0", "192.0.0.8", "192.0.0.170", "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.31.196.1", "192.52.193.1", "192.88.99.1",
  "192.88.99.2", "192.175.48.1", "198.18.0.0", "198.19.255.255", "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255",
  // Multicast, reserved, broadcast.
  "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.254", "255.255.255.255",
  // IPv6: unspecified, loopback, IPv4 in its several forms, translated, discarded.
  "::", "::1", "0:0:0:0:0:0:0:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:7f00:1", "::ffff:0:8.8.8.8",
  "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "100:0:0:1::1",
  // Unique local, link-local, site-local, multicast, segment routing, unassigned.
  "fc00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "5f00::1", "4000::1", "1fff::1", "8000::1",
  // Inside 2000::/3: Teredo, ORCHID, benchmarks, protocols, documentation, 6to4, AS112, 6bone.
  "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:3::1", "2001:4:112::1", "2001:10::1", "2001:20::1", "2001:30::1", "2001:1ff:ffff::1",
  "2001:db8::1", "2001:0db8:ffff::1", "3fff::1", "3fff:fff:ffff::1", "2002:7f00:1::", "2002:808:808::1", "2620:4f:8000::1", "3ffe::1",
  // Tunnels to 127.0.0.1 (ISATAP), and an interface of this machine.
  "2a00:1450::5efe:7f00:1", "2a00:1450:1:2:0:5efe:7f00:1", "2a00:1450:1:2:200:5efe:127.0.0.1", "2a00:1450::1%lo",
  // No addresses at all.
  "", "localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "1.2.3", "1.2.3.4.5", "8.8.8.8 ", "8.8.8.8/8", "[2a00:1450::1]", ":::",
];

const isPublic: readonly string[] = [
  "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "168.63.129.15",
  "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0",
  "198.17.255.255", "198.20.0.0", "223.255.255.255", "2001:200::1", "2001:4860:4860::8888", "2003::1", "2400:cb00::1",
  "2600:1f18::1", "2606:4700::1111", "2620:4f:7fff::1", "2a00:1450:4001::1", "2a00:1450::5eff:7f00:1", "2c0f:f248::1",
];

describe("an address is not public:", () => {
  test.each(notPublic)("%j", (address) => expect(isPublicAddress(address)).toBe(false));
});

describe("an address is public:", () => {
  test.each(isPublic)("%j", (address) => expect(isPublicAddress(address)).toBe(true));
});

describe("a URL that can't be used is refused, with its rule:", () => {
  const mustBeHttps = "must be an https URL";
  const mustNameHost = "must name a host, not an address";
  const mustBeFull = "must name a host by its full public name";
  test.each([
    ["no URL", "receiver.example/hook", mustBeHttps],
    ["an empty text", "", mustBeHttps],
    ["a URL without a host", "https:///", mustBeHttps],
    ["http", "http://receiver.example/", mustBeHttps],
    ["http with port 443", "http://receiver.example:443/", mustBeHttps],
    ["another scheme", "ftp://receiver.example/", mustBeHttps],
    ["a file", "file:///etc/passwd", mustBeHttps],
    ["a script", "javascript:alert(1)", mustBeHttps],
    ["a socket", "unix:///var/run/docker.sock", mustBeHttps],
    ["gopher", "gopher://receiver.example:443/_POST", mustBeHttps],
    ["a blob", "blob:https://receiver.example/1", mustBeHttps],
    ["data", "data:text/plain,1", mustBeHttps],
    ["a name outside of the alphabet", "https://receiver<.example/", mustBeHttps],
    ["an escaped slash in the name", "https://receiver%2f.example/", mustBeHttps],
    ["an escaped NUL in the name", "https://receiver.example%00.inside/", mustBeHttps],
    ["a port out of range", "https://receiver.example:65536/", mustBeHttps],
    ["a user", "https://user@receiver.example/", "must not contain a user or a password"],
    ["a user and a password", "https://user:secret@receiver.example/", "must not contain a user or a password"],
    ["a password alone", "https://:secret@receiver.example/", "must not contain a user or a password"],
    ["a host that looks like a user", "https://receiver.example:443@10.0.0.1/", "must not contain a user or a password"],
    ["a backslash before the user", "https://receiver.example\\@10.0.0.1:22/", undefined],
    ["port 80", "https://receiver.example:80/", "must use port 443"],
    ["port 22", "https://receiver.example:22/", "must use port 443"],
    ["port 0", "https://receiver.example:0/", "must use port 443"],
    ["port 8443", "https://receiver.example:8443/", "must use port 443"],
    ["a fragment", "https://receiver.example/#part", "must not contain a fragment"],
    ["loopback", "https://127.0.0.1/", mustNameHost],
    ["loopback as one number", "https://2130706433/", mustNameHost],
    ["loopback in hexadecimal", "https://0x7f.1/", mustNameHost],
    ["loopback as one hexadecimal number", "https://0x7f000001/", mustNameHost],
    ["loopback in octal", "https://0177.0.0.1/", mustNameHost],
    ["loopback in octal with more zeros", "https://00000177.0.0.1/", mustNameHost],
    ["loopback of two parts", "https://127.1/", mustNameHost],
    ["loopback with a dot behind it", "https://127.0.0.1./", mustNameHost],
    ["loopback in circled digits", "https://①②⑦.⓪.⓪.①/", mustNameHost],
    ["loopback in wide digits", "https://１２７.０.０.１/", mustNameHost],
    ["loopback with ideographic dots", "https://127。0。0。1/", mustNameHost],
    ["loopback with escaped digits", "https://%31%32%37.0.0.1/", mustNameHost],
    ["loopback with an invisible character", "https://127.0.0.\u00ad1/", mustNameHost],
    ["loopback with a line break", "https://127.0.\n0.1/", mustNameHost],
    ["nothing but zero", "https://0/", mustNameHost],
    ["metadata", "https://169.254.169.254/latest/meta-data/", mustNameHost],
    ["metadata as one number", "https://2852039166/", mustNameHost],
    ["a public address", "https://8.8.8.8/", mustNameHost],
    ["loopback of IPv6", "https://[::1]/", mustNameHost],
    ["loopback of IPv6 in full", "https://[0000:0000:0000:0000:0000:0000:0000:0001]/", mustNameHost],
    ["loopback inside IPv6", "https://[::ffff:127.0.0.1]/", mustNameHost],
    ["any address of IPv6", "https://[::]/", mustNameHost],
    ["metadata of IPv6", "https://[fd00:ec2::254]/", mustNameHost],
    ["a public address of IPv6", "https://[2a00:1450:4001::1]/", mustNameHost],
    ["a zone", "https://[fe80::1%25eth0]/", mustBeHttps],
    ["a number that isn't an address", "https://receiver.example.1/", mustBeHttps],
    ["a number beyond all addresses", "https://4294967296/", mustBeHttps],
    ["localhost", "https://localhost/", mustBeFull],
    ["localhost with a dot behind it", "https://localhost./", mustBeFull],
    ["localhost in capitals", "https://LOCALHOST/", mustBeFull],
    ["localhost in wide letters", "https://ｌｏｃａｌｈｏｓｔ/", mustBeFull],
    ["a name of this network", "https://metadata/", mustBeFull],
    ["a name with a dot behind it", "https://receiver.example./", mustBeFull],
    ["a name of nothing but a dot", "https://./", mustBeFull],
    ["more than 2048 characters", `https://receiver.example/${"x".repeat(urlCharactersMax)}`, "must have at most 2048 characters"],
    ["a name of more than 253 characters", `https://${"long.".repeat(50)}example/`, "must name a host of at most 253 characters"],
    // Their host is judged, and it is a name: the parser read everything else as path or case.
    ["capitals", "HTTPS://Receiver.EXAMPLE/", undefined],
    ["an address in the path", "https://receiver.example/http://127.0.0.1/", undefined],
    ["a user in the query", "https://receiver.example/?a@127.0.0.1", undefined],
    ["port 443", "https://receiver.example:443/hook?a=1", undefined],
    ["a name of another alphabet", "https://empfänger.example/", undefined],
  ])("%s", (_, text, fault) => expect(faultOf(text)).toBe(fault));

  test("a backslash ends the host, so a text after it isn't the host", () => {
    expect(readAddress("https://receiver.example\\@10.0.0.1:22/", { isLocal: false })).toMatchObject({ host: "receiver.example", port: 443 });
  });
});

describe("in local work", () => {
  test.each(["http://localhost/", "http://localhost:3000/hook", "http://127.0.0.1:3000/", "http://127.9.9.9:1/", "http://[::1]:3000/", "http://2130706433/"])("http to loopback is admitted: %s", (text) => {
    expect(readAddress(text, { isLocal: true })).toMatchObject({ isLoopback: true });
    expect(faultOf(text)).toBe("must be an https URL");
  });
  test.each(["http://receiver.example/", "http://10.0.0.1/", "http://0.0.0.0/", "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://localhost.example/", "http://169.254.169.254/"])(
    "http to anything else is refused: %s",
    (text) => expect(faultOf(text, true)).toBe("must be an https URL (http only to loopback, in local work)"),
  );
  test.each(["https://127.0.0.1/", "https://[::1]/", "https://localhost/", "http://user@localhost/", "http://localhost/#part"])("every other rule holds: %s", (text) => {
    expect(faultOf(text, true)).toBeDefined();
  });
});

test("loopback is this machine alone", () => {
  expect(["127.0.0.1", "127.255.0.1", "::1"].filter((address) => !isLoopbackAddress(address))).toEqual([]);
  expect(["128.0.0.1", "126.0.0.1", "::2", "::", "::ffff:127.0.0.1", "0.0.0.0", "localhost", ""].filter(isLoopbackAddress)).toEqual([]);
});
