import { binaryOfBase64, bytesOf } from "../base/base64url.ts";
import { faultsOf, KeyFault } from "./key-fault.ts";
import { rawOfSpki } from "./public-key.ts";

const textCharactersMax = 65_536;
const blocksMax = 16;
const boundary = /-----(?:BEGIN|END)/g;
const block = /-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/**
 * Decodes one or more textual blocks (RFC 7468), which must all have the label `label`. `\n` written as two characters, as in
 * single-line environment files, counts as a line break. Text between blocks is a comment. Throws KeyFault, which names the
 * block, if there is none, or one is truncated, has another label or isn't base64, or if there are more than 16.
 */
export function decodePem(text: string, label: string): readonly Uint8Array<ArrayBuffer>[] {
  if (text.length > textCharactersMax) throw new KeyFault("more than 64 KB of text");
  const plain = text.replaceAll("\\r", "\r").replaceAll("\\n", "\n");
  const blocks = [...plain.matchAll(block)];
  const boundaries = plain.match(boundary)?.length ?? 0;
  if (boundaries === 0) throw new KeyFault(`no "-----BEGIN ${label}-----" block`);
  if (boundaries !== blocks.length * 2) throw new KeyFault(`block ${blocks.length + 1} or the one before is cut or garbled`);
  if (blocks.length > blocksMax) throw new KeyFault(`more than ${blocksMax} blocks`);
  return blocks.map(([, found = "", body = ""], index) => {
    if (found !== label) throw new KeyFault(`block ${index + 1}: expected "${label}", found "${found}"`);
    return decodeBody(body.replaceAll(/\s/g, ""), index + 1);
  });
}

function decodeBody(body: string, number: number): Uint8Array<ArrayBuffer> {
  const binary = binaryOfBase64(body);
  if (binary === undefined || binary === "") throw new KeyFault(`block ${number}: not base64`);
  return bytesOf(binary);
}

/** The 32 bytes of each key in one or more SPKI PEM blocks, checked, in order. Throws KeyFault, which names the block. */
export function rawsOfPem(pem: string): readonly Uint8Array[] {
  return decodePem(pem, "PUBLIC KEY").map((der, index) => faultsOf(`block ${index + 1}`, () => rawOfSpki(der)));
}
