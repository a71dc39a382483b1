import { generateKeyPairSync, sign } from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export type Peer = { readonly name: string; readonly verify: () => unknown };

type SoftwareLicenseKey = new (pem: string) => {
  readonly generateLicense: (data: object) => string;
  readonly validateLicense: (license: string) => unknown;
};
type Cryptolens = { readonly Helpers: { readonly LoadFromString: (key: string, text: string, days: number) => object | null } };

/** npm's `software-license-key`: RSA-2048 by node-rsa over a payload that crypto-js encrypts. Its key is parsed once. */
export function softwareLicenseKey(data: object): Peer {
  const Library = require("software-license-key") as SoftwareLicenseKey;
  const { privateKey, publicKey } = rsa();
  const license = new Library(privateKey.export({ type: "pkcs1", format: "pem" }).toString()).generateLicense(data);
  const validator = new Library(publicKey.export({ type: "spki", format: "pem" }).toString());
  return { name: "software-license-key 1.0.0", verify: () => validator.validateLicense(license) };
}

/** npm's `cryptolens`: a saved answer of its service, RSA-2048 with SHA-256 by node-rsa, read as in its guide. */
export function cryptolens(data: object): Peer {
  const { Helpers } = require("cryptolens") as Cryptolens;
  const { privateKey, publicKey } = rsa();
  const licenseKey = Buffer.from(JSON.stringify({ ...data, SignDate: Math.floor(Date.now() / 1000) }));
  const saved = JSON.stringify({
    licenseKey: licenseKey.toString("base64"),
    signature: sign("RSA-SHA256", licenseKey, privateKey).toString("base64"),
    result: 0,
  });
  const { n = "", e = "" } = publicKey.export({ format: "jwk" });
  const base64 = (value: string) => Buffer.from(value, "base64url").toString("base64");
  const key = `<RSAKeyValue><Modulus>${base64(n)}</Modulus><Exponent>${base64(e)}</Exponent></RSAKeyValue>`;
  return { name: "cryptolens 1.0.11", verify: () => Helpers.LoadFromString(key, saved, 30) };
}

function rsa() {
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}
