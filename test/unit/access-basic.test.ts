import { describe, expect, test } from "vitest";
import { parseBasic } from "@licensing/core/access/identify-service.store.ts";
import { credentialDigest, equalDigests } from "@licensing/core/access/credential-digest.ts";

const encode = (text: string, encoding: BufferEncoding = "utf8") => Buffer.from(text, encoding).toString("base64");

describe("a Basic credential is read by RFC 7617:", () => {
  test.each([
    ["the RFC's first example", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"],
    ["the RFC's example in UTF-8", "dGVzdDoxMjPCow==", "test", "123£"],
    ["colons in the secret", encode("svc:p:q"), "svc", "p:q"],
    ["an empty secret", encode("svc:"), "svc", ""],
    ["an empty user", encode(":secret"), "", "secret"],
    ["a colon alone", encode(":"), "", ""],
  ])("%s", (_, text, clientId, secret) => expect(parseBasic(text)).toEqual({ clientId, secret }));
});

describe("a text that is not the one canonical form of one credential is refused:", () => {
  test.each([
    ["no colon", encode("svc")],
    ["Latin-1", encode("test:123£", "latin1")],
    ["NUL", encode("svc:a\0b")],
    ["a tab", encode("svc:a\tb")],
    ["DEL", encode("svc:a\u007fb")],
    ["C1", encode("svc:a\u0085b")],
    ["base64url", Buffer.from("svc:\u00ff\u00fe?>").toString("base64url")],
    ["no padding", encode("svc:a").replaceAll("=", "")],
    ["too much padding", `${encode("svc:ab")}====`],
    ["spare bits", "c3ZjOmF="],
    ["a blank inside", "c3Zj OmFi"],
    ["a line's end", `${encode("svc:abc")}\n`],
    ["nothing", ""],
    ["a megabyte", encode(`svc:${"x".repeat(1_000_000)}`)],
  ])("%s", (_, text) => expect(parseBasic(text)).toBeUndefined());
});

describe("the digest of a secret", () => {
  const digest = credentialDigest("secret", "pepper-pepper-pepper");
  test("never changes", () => expect(digest).toBe(credentialDigest("secret", "pepper-pepper-pepper")));
  test("depends on the secret and on the pepper", () => {
    expect(credentialDigest("Secret", "pepper-pepper-pepper")).not.toBe(digest);
    expect(credentialDigest("secret", "Pepper-pepper-pepper")).not.toBe(digest);
  });
  test("equals only itself, and lengths that differ don't throw", () => {
    expect(equalDigests(digest, digest)).toBe(true);
    expect(equalDigests(digest, digest.replace(/.$/, "x"))).toBe(false);
    expect(equalDigests(digest, digest.slice(1))).toBe(false);
    expect(equalDigests(digest, "")).toBe(false);
  });
});
