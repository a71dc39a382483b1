import type { Reason } from "@licensing/core/certificate/verification.ts";
import type { Asked, Kit } from "./vectors.ts";

/** A text that must be refused. `asked` is laid over the usual expectations. */
export type Bad = { readonly name: string; readonly reason: Reason; readonly text: string; readonly asked?: Partial<Asked>; readonly isBeacon?: boolean };

/** The order of the group of Ed25519 (RFC 8032 §5.1). */
const order = 2n ** 252n + 27742317777372353535851937790883648493n;
const symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export function badCertificates(kit: Kit): readonly Bad[] {
  const { claims, certificate, stranger, denied } = kit;
  const good = certificate();
  const sealed = Buffer.from(part(good, 1), "base64url").toString("latin1");
  const license = (changed: object) => certificate({ license: { ...claims.license, ...changed } });
  return [
    ...badEnvelopes(kit, { good, header: { alg: "Ed25519", typ: "license+jwt", cty: "JWE" }, other: "license-file+jwt" }),
    refuse("8193 characters", "size", `${good}${"A".repeat(8_193 - good.length)}`),
    refuse("a header without cty", "header", kit.jws(sealed, { alg: "Ed25519", typ: "license+jwt", kid: kit.signer.kid })),
    refuse("signed by a denied key", "key-denied", certificate({}, { key: denied })),
    refuse("signed by an unknown key", "key-unknown", certificate({}, { key: stranger })),
    refuse("claims that aren't sealed", "payload", resealed(kit, JSON.stringify(claims))),
    refuse("a sealed part of four segments", "payload", resealed(kit, sealed.slice(0, sealed.lastIndexOf(".")))),
    refuse("a sealed part with an encrypted key", "payload", resealed(kit, sealed.replace("..", ".AAAA."))),
    refuse("a tag of 12 bytes", "payload", resealed(kit, sealed.slice(0, -6))),
    refuse("an initialization vector of 16 bytes", "payload", resealed(kit, sealed.replace(/\.\.[^.]+/, `..${"A".repeat(22)}`))),
    ...[["another enc", { enc: "A128GCM" }], ["another alg", { alg: "A256KW" }], ["compression", { zip: "DEF" }], ["no secret's id", { kid: undefined }]].map(([name, change]) =>
      refuse(`a sealed part whose header has ${String(name)}`, "payload", resealed(kit, withHeader(sealed, change as object))),
    ),
    refuse("sealed under another application secret", "secret-unknown", certificate({}, { otherSecret: true })),
    refuse("the certificate of another license", "decrypt", good, { licenseId: "7123456789012345679" }),
    refuse("a ciphertext that was changed and signed again", "decrypt", resealed(kit, changedAt(sealed, sealed.lastIndexOf(".") - 40))),
    refuse("a tag that was changed and signed again", "decrypt", resealed(kit, changedAt(sealed, sealed.length - 10))),
    refuse("an initialization vector that was changed and signed again", "decrypt", resealed(kit, changedAt(sealed, sealed.indexOf("..") + 5))),
    ...badClaims(certificate, claims),
    ...[["a seat's digest of 7 bytes", { seatDigests: "AAAAAAAAAA" }], ["more seats than 300", { seatDigests: "A".repeat(3_210) }], ["packed seats without their truncation", { seatDigestsTruncated: undefined }],
      ["a status that doesn't exist", { status: "ACTIVE" }], ["no holder", { holder: undefined }], ["an expiry without milliseconds", { expiresAt: "2027-01-01T00:00:00Z" }],
      ["a feature that is false", { features: { sso: false } }], ["sequence 0", { sequence: 0 }]].map(([name, change]) => refuse(`claims with ${String(name)}`, "claims", license(change as object))),
    refuse("claims about another license, sealed for this one", "subject", certificate({ sub: "7123456789012345679" })),
    ...badTimes(certificate, claims),
    refuse("a lower sequence than was seen before", "rollback", good, { sequenceFloor: 8 }),
  ];
}

export function badFiles(kit: Kit): readonly Bad[] {
  const { claims, file, jws, stranger, denied } = kit;
  const good = file();
  const content = contentOf(good);
  const block = good.slice(good.indexOf("-----BEGIN"));
  const lines = block.split("\n");
  return [
    // Only the faulty texts that a block can hold: letters, digits, - and _ in three segments.
    ...badEnvelopes(kit, { good: content, header: { alg: "Ed25519", typ: "license-file+jwt" }, other: "license+jwt" })
      .filter(({ text }) => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text))
      .map((bad) => ({ ...bad, text: armoured(bad.text) })),
    refuse("nothing", "size", ""),
    refuse("more than 8192 characters in the block", "size", armoured(`${content}${"A".repeat(8_193 - content.length)}`)),
    refuse("only the summary", "armour", good.slice(0, good.indexOf("-----BEGIN"))),
    refuse("only the signed part", "armour", content),
    refuse("no end", "armour", block.slice(0, block.indexOf("-----END"))),
    refuse("two different files", "armour", `${good}${file({ jti: "another" })}`),
    refuse("a missing line", "armour", lines.toSpliced(3, 1).join("\n").replace(/.(?=\n-----END)/, "")),
    refuse("an added letter", "armour", block.replace("\n", "\nx")),
    refuse("stray bits in the last symbol", "armour", strayBits(kit)),
    refuse("two segments in the block", "armour", armoured(content.slice(0, content.lastIndexOf(".")))),
    refuse("another label", "armour", block.replaceAll("LICENSE-----", "CERTIFICATE-----")),
    refuse("a changed letter in the middle", "signature", armoured(changedAt(content, Math.floor(content.length / 2)))),
    refuse("signed by a denied key", "key-denied", file({}, denied)),
    refuse("signed by an unknown key", "key-unknown", file({}, stranger)),
    refuse("a sealed payload", "claims", armoured(jws(part(kit.certificate(), 1), { alg: "Ed25519", typ: "license-file+jwt", kid: kit.signer.kid }))),
    refuse("a payload that isn't UTF-8", "payload", armoured(jws(Buffer.from([0xff, 0xfe]), { alg: "Ed25519", typ: "license-file+jwt", kid: kit.signer.kid }))),
    ...badClaims((changed) => armoured(jws(JSON.stringify({ ...claims, ...changed }), { alg: "Ed25519", typ: "license-file+jwt", kid: kit.signer.kid })), claims),
    refuse("another license's file", "subject", good, { licenseId: "7123456789012345679" }),
    ...badTimes((changed) => file(changed), claims),
    refuse("a lower sequence than was seen before", "rollback", good, { sequenceFloor: 8 }),
  ];
}

export function badMachineFiles(kit: Kit): readonly Bad[] {
  const { claims, jws, signer, file } = kit;
  const header = { alg: "Ed25519", typ: "machine-file+jwt", kid: signer.kid };
  const machine = { ...claims, fingerprint: "VKmKHktk0AI" };
  return [
    refuse("a machine's type without a fingerprint", "claims", armoured(jws(JSON.stringify(claims), header))),
    refuse("a fingerprint that isn't a digest", "claims", armoured(jws(JSON.stringify({ ...claims, fingerprint: "press-hall-0001" }), header))),
    refuse("a header of another writer", "header", armoured(jws(JSON.stringify(machine), { ...header, crit: ["exp"], exp: 1 }))),
    refuse("a changed letter in the middle", "signature", armoured(changedAt(contentOf(file(machine)), 600))),
    ...badTimes((changed) => file({ ...machine, ...changed }), claims),
  ];
}

export function badBeacons(kit: Kit): readonly Bad[] {
  const { beacon, signer, denied, stranger } = kit;
  const make = (changed: object = {}, key = signer): string => kit.jws(JSON.stringify({ ...beacon, ...changed }), { alg: "Ed25519", typ: "license-beacon+jwt", kid: key.kid }, key);
  const good = make();
  const all: readonly Bad[] = [
    ...badEnvelopes(kit, { good, header: { alg: "Ed25519", typ: "license-beacon+jwt" }, other: "license-file+jwt" }),
    refuse("signed by a denied key", "key-denied", make({}, denied)),
    refuse("signed by an unknown key", "key-unknown", make({}, stranger)),
    ...[["an asOf after its iat", { asOf: beacon.iat + 1 }], ["floors since after its iat", { floorsSince: beacon.iat + 1 }], ["a floor that is a text", { floors: { "7300000000000000011": "8" } }],
      ["a floor of no license", { floors: { "007": 8 } }], ["complete as a text", { complete: "true" }], ["no ring", { ring: undefined }], ["an exp that isn't whole", { exp: beacon.exp + 0.5 }]].map(([name, change]) =>
      refuse(`a beacon with ${String(name)}`, "claims", make(change as object)),
    ),
    refuse("another issuer", "issuer", make({ iss: "https://other.example.test" })),
    refuse("another audience", "audience", make({ aud: "others" })),
    refuse("issued 61 seconds after now", "issued-in-future", good, { now: beacon.iat - 61 }),
    refuse("at its end", "expired", good, { now: beacon.exp }),
    refuse("an older beacon than was believed before", "rollback", good, { iatFloor: beacon.iat + 1 }),
  ];
  return all.map((bad) => ({ ...bad, isBeacon: true }));
}

type Envelope = { readonly good: string; readonly header: object; readonly other: string };

/** Faults of the outer JWS, which every type shares. */
function badEnvelopes({ jws, signer, stranger }: Kit, { good, header, other }: Envelope): readonly Bad[] {
  const payload = Buffer.from(part(good, 1), "base64url");
  const headed = (changed: object): string => jws(payload, { ...header, kid: signer.kid, ...changed });
  const forged = jws(payload, { ...header, kid: signer.kid }, stranger);
  const signature = part(good, 2);
  const texts = [
    ["nothing", "size", ""],
    ["two segments", "shape", good.slice(0, good.lastIndexOf("."))],
    ["four segments", "shape", `${good}.AAAA`],
    ["padding after the signature", "shape", `${good}==`],
    ["a line end after the signature", "shape", `${good}\n`],
    ["the alphabet of base64, not base64url", "shape", good.replace(/.([^.]*)$/, "+$1")],
    ["a signature of 63 bytes", "shape", good.slice(0, -2)],
    ["stray bits in the signature's last symbol", "shape", `${good.slice(0, -1)}${symbols[symbols.indexOf(good.slice(-1)) + 1] ?? ""}`],
    ["an empty payload", "shape", `${part(good, 0)}..${signature}`],
    ["a letter of the payload changed", "signature", changedAt(good, part(good, 0).length + 41)],
    ["a letter of the signature changed", "signature", changedAt(good, good.length - 20)],
    ["a signature of all zeros", "signature", good.replace(signature, "A".repeat(86))],
    ["the signature's second half plus the group's order", "signature", good.replace(signature, plusOrder(signature))],
    ["another key's signature under this key's kid", "signature", forged],
  ] as const;
  const headers = [
    ["the algorithm EdDSA", { alg: "EdDSA" }], ["the algorithm none", { alg: "none" }], ["the algorithm HS256", { alg: "HS256" }], ["another type", { typ: other }], ["no type", { typ: undefined }],
    ["a crit", { crit: ["exp"], exp: 1 }], ["a jwk", { jwk: signer.publicJwk }], ["a jku", { jku: "https://example.test/jwks.json" }], ["an unknown member", { iat: 1 }], ["no kid", { kid: undefined }],
    ["a kid that isn't a thumbprint", { kid: "1" }],
  ] as const;
  const [spaced, twice] = [JSON.stringify({ ...header, kid: signer.kid }, null, 1), JSON.stringify({ ...header, kid: signer.kid }).replace("{", '{"alg":"none",')];
  return [
    ...texts.map(([name, reason, text]) => refuse(name, reason, text)),
    ...headers.map(([name, changed]) => refuse(`a header with ${name}`, "header", headed(changed))),
    refuse("a header with blanks", "header", jws(payload, spaced)),
    refuse("a header with a member twice", "header", jws(payload, twice)),
  ];
}

/** Faults of the claims, which certificates and files share. */
function badClaims(make: (changed: object) => string, { iat }: Kit["claims"]): readonly Bad[] {
  const faults = [
    ["an end that is a text", { exp: "1795514400" }], ["an issue that isn't whole", { iat: iat + 0.5 }], ["no license", { license: undefined }], ["a subject that is a number", { sub: 7 }],
    ["an issuer that is a list", { iss: ["https://licensing.example.test"] }], ["no jti", { jti: undefined }],
  ] as const;
  return faults.map(([name, changed]) => refuse(`claims with ${name}`, "claims", make(changed)));
}

/** Faults of the registered claims, by a change of the claims or of the expectations. */
function badTimes(make: (changed?: object) => string, { iat, exp }: Kit["claims"]): readonly Bad[] {
  return [
    refuse("another issuer", "issuer", make({ iss: "https://other.example.test" })),
    refuse("another audience", "audience", make({ aud: "others" })),
    refuse("issued 61 seconds after now", "issued-in-future", make(), { now: iat - 61 }),
    refuse("at its end", "expired", make(), { now: exp }),
    refuse("both from another issuer and past its end", "issuer", make({ iss: "https://other.example.test" }), { now: exp }),
  ];
}

function refuse(name: string, reason: Reason, text: string, asked?: Partial<Asked>): Bad {
  return { name, reason, text, ...(asked === undefined ? {} : { asked }) };
}

function part(text: string, index: number): string {
  return text.split(".")[index] ?? "";
}

function changedAt(text: string, at: number): string {
  return `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
}

function resealed({ jws, signer }: Kit, sealed: string): string {
  return jws(sealed, { alg: "Ed25519", typ: "license+jwt", cty: "JWE", kid: signer.kid });
}

function withHeader(sealed: string, change: object): string {
  const header = { ...JSON.parse(Buffer.from(part(sealed, 0), "base64url").toString("utf8")), ...change };
  return sealed.replace(part(sealed, 0), Buffer.from(JSON.stringify(header)).toString("base64url"));
}

/** A signature that a verifier without the check of RFC 8032 §5.1.7, S < L, accepts. */
function plusOrder(signature: string): string {
  const bytes = Buffer.from(signature, "base64url");
  const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString("hex")}`) + order;
  const high = Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse();
  return Buffer.concat([bytes.subarray(0, 32), high]).toString("base64url");
}

function contentOf(file: string): string {
  const body = file.slice(file.indexOf("-----BEGIN")).split("\n").slice(1, -2).join("");
  return Buffer.from(body, "base64").toString("latin1");
}

function armoured(content: string): string {
  const body = Buffer.from(content, "latin1").toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN LICENSE-----", ...body, "-----END LICENSE-----", ""].join("\n");
}

/** A file whose last symbol decodes to the same bytes as the right one. */
function strayBits({ file }: Kit): string {
  for (const jti of ["a", "bb", "ccc"]) {
    const text = armoured(contentOf(file({ jti })));
    const at = text.search(/=/) - 1;
    if (at >= 0) return `${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) + 1)}${text.slice(at + 1)}`;
  }
  throw new Error("one of three lengths has padding");
}
