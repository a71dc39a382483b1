import { fromBase64url, isBase64url } from "../base/base64url.ts";
import { readArmour } from "../certificate/armour.ts";

/**
 * The id of a license file's license, for `gate.check`; undefined if the text isn't a license file. It is not verified: only the
 * gate's decision is.
 */
export function licenseIdOfFile(text: string): string | undefined {
  const armour = readArmour(text);
  const payload = armour.ok ? (armour.content.split(".")[1] ?? "") : "";
  if (!isBase64url(payload)) return undefined;
  try {
    const { sub } = JSON.parse(new TextDecoder().decode(fromBase64url(payload))) as { sub?: unknown };
    return typeof sub === "string" ? sub : undefined;
  } catch {
    return undefined;
  }
}
