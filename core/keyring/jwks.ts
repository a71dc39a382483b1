import { KeyFault } from "./key-fault.ts";
import { rawOfJwk } from "./public-key.ts";

const entriesMax = 64;

export type ParsedJwks<Key> = {
  readonly keys: readonly Key[];
  /** One line for each Ed25519 entry that isn't trusted, without its content. */
  readonly faults: readonly string[];
};

type Candidate = { readonly position: number; readonly raw: Uint8Array; readonly declaredKid: unknown };
export type Candidates = { readonly candidates: readonly Candidate[]; readonly faults: readonly string[] };

/**
 * The Ed25519 keys of a JWK Set (RFC 7517 §5), as parsed JSON, checked but for their names. Entries of other types
 * are passed over, as the RFC asks; a faulty one is left out and reported, so that it doesn't take the good ones
 * with it. Throws KeyFault if the whole isn't a JWK Set, or has more than 64 entries.
 */
export function jwksCandidates(jwks: unknown): Candidates {
  const entries = isRecord(jwks) ? jwks["keys"] : undefined;
  if (!Array.isArray(entries)) throw new KeyFault("not a JWK Set");
  if (entries.length > entriesMax) throw new KeyFault(`more than ${entriesMax} keys`);
  const candidates: Candidate[] = [];
  const faults: string[] = [];
  entries.forEach((entry: unknown, index) => {
    if (!isRecord(entry) || entry["kty"] !== "OKP" || entry["crv"] !== "Ed25519") return;
    try {
      candidates.push({ position: index + 1, raw: rawOfJwk(entry), declaredKid: entry["kid"] });
    } catch (error) {
      if (!(error instanceof KeyFault)) throw error;
      faults.push(`key ${index + 1}: ${error.message}`);
    }
  });
  return { candidates, faults };
}

/** The candidates as keys, one each and in their order, without those that call themselves something else. */
export function admitCandidates<Key extends { readonly kid: string }>(
  found: Candidates,
  keys: readonly Key[],
): ParsedJwks<Key> {
  const misnamed = found.candidates.map(({ declaredKid }, index) => declaredKid !== undefined && declaredKid !== keys[index]?.kid);
  const faults = found.candidates
    .filter((_, index) => misnamed[index] === true)
    .map(({ position }) => `key ${position}: its kid isn't its thumbprint`);
  return { keys: keys.filter((_, index) => misnamed[index] === false), faults: [...found.faults, ...faults] };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
