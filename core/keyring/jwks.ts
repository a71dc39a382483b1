import { isRecord } from "../base/parsed-json.ts";
import { andThen, type Soon } from "../base/soon.ts";
import { KeyFault } from "./key-fault.ts";
import { rawOfJwk } from "./public-key.ts";

const entriesMax = 64;

type ParsedJwks<Key> = {
  readonly keys: readonly Key[];
  /** One line for each Ed25519 entry that isn't trusted. A line never contains the entry. */
  readonly faults: readonly string[];
};

type Named = { readonly kid: string };

/**
 * Reads the Ed25519 keys of a JWK Set (RFC 7517 §5) from parsed JSON. `keysOf` makes keys of checked bytes. Entries of other
 * types are skipped, as the RFC asks. A faulty entry, or one whose `kid` isn't its thumbprint, is left out and reported, so that
 * the good ones stay usable. Throws KeyFault synchronously if the value isn't a JWK Set or has more than 64 entries.
 */
export function parseJwks<Key extends Named>(jwks: unknown, keysOf: (raws: readonly Uint8Array[]) => readonly Key[]): ParsedJwks<Key>;
export function parseJwks<Key extends Named>(jwks: unknown, keysOf: (raws: readonly Uint8Array[]) => Soon<readonly Key[]>): Soon<ParsedJwks<Key>>;
export function parseJwks<Key extends Named>(jwks: unknown, keysOf: (raws: readonly Uint8Array[]) => Soon<readonly Key[]>): Soon<ParsedJwks<Key>> {
  const found = candidatesOf(jwks);
  return andThen(keysOf(found.candidates.map(({ raw }) => raw)), (keys) => admit(found, keys));
}

type Candidate = { readonly position: number; readonly raw: Uint8Array; readonly declaredKid: unknown };
type Candidates = { readonly candidates: readonly Candidate[]; readonly faults: readonly string[] };

function candidatesOf(jwks: unknown): Candidates {
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

/** Leaves out keys whose declared `kid` isn't their thumbprint. */
function admit<Key extends Named>(found: Candidates, keys: readonly Key[]): ParsedJwks<Key> {
  const misnamed = found.candidates.map(({ declaredKid }, index) => declaredKid !== undefined && declaredKid !== keys[index]?.kid);
  const faults = found.candidates
    .filter((_, index) => misnamed[index] === true)
    .map(({ position }) => `key ${position}: its kid isn't its thumbprint`);
  return { keys: keys.filter((_, index) => misnamed[index] === false), faults: [...found.faults, ...faults] };
}
