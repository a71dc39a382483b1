import { generateKey, parsePrivateKeys } from "../keyring/signing-key.ts";
import { KeyFault } from "../keyring/key-fault.ts";

/** The outputs of a command about private keys: `print` writes the keys, `tell` writes the instructions for them. */
export type KeyOutput = { readonly print: (text: string) => void; readonly tell: (text: string) => void };

/** Makes a signing key. The private half is printed and stored nowhere. */
export function generateSigningKey({ print, tell }: KeyOutput, json: boolean): void {
  const { privatePem, publicPem } = generateKey();
  const [key] = parsePrivateKeys(privatePem);
  const kid = key?.kid ?? "";
  print(json ? `${JSON.stringify({ kid, privateKey: privatePem, publicKey: publicPem })}\n` : privatePem);
  tell(`kid ${kid}\nAdd it to the signing keys of the service, after those that are there: the next check publishes it,
an hour later it signs, and the check says when the previous key may be removed.\n`);
}

/**
 * Prints the private keys (PEM) without the key of the given kid. The order of the blocks depends on the rotation, so a block
 * removed by its place may be the key that signs. Throws KeyFault; its messages don't repeat the kid, because a caller may have
 * pasted a private key.
 */
export function removeSigningKey({ print, tell }: KeyOutput, { kid, pems, json }: { readonly kid: string; readonly pems: string; readonly json: boolean }): void {
  const given = parsePrivateKeys(pems);
  const kids = given.map((key) => key.kid).join(", ");
  const kept = given.filter((key) => key.kid !== kid);
  if (kept.length === given.length) throw new KeyFault(`No key has that kid. These are there: ${kids}`);
  if (kept.length === 0) throw new KeyFault(`It is the only key: nothing would be left. These are there: ${kids}`);
  const privateKeys = kept.map(({ privateKey }) => privateKey.export({ format: "pem", type: "pkcs8" }).toString()).join("");
  const keptKids = kept.map((key) => key.kid);
  print(json ? `${JSON.stringify({ removed: kid, kept: keptKids, privateKeys })}\n` : privateKeys);
  tell(`removed ${kid}\nkept    ${keptKids.join(", ")}\n`);
}
