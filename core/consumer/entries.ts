import { createEntry, type Entry } from "./entry.ts";
import { keepNewest } from "./keep-newest.ts";

/**
 * The licenses that are known, bounded twice: those with a certificate, and those that were asked for in vain. They are
 * apart so that asking for thousands of licenses that don't exist can't make the gate forget a denial.
 */
export type Entries = {
  /** Those with a certificate, by id; the one that was read longest ago comes first. */
  readonly licenses: ReadonlyMap<string, Entry>;
  readonly misses: ReadonlyMap<string, Entry>;
  /** The entry of a license, a new one if need be. */
  readonly find: (licenseId: string) => Entry;
  /** Puts an entry where it belongs after a reading, as the youngest. */
  readonly place: (entry: Entry) => void;
};

export function createEntries({ licensesMax, missesMax }: { readonly licensesMax: number; readonly missesMax: number }): Entries {
  const licenses = new Map<string, Entry>();
  const misses = new Map<string, Entry>();

  const find = (licenseId: string): Entry => {
    const known = licenses.get(licenseId) ?? misses.get(licenseId);
    if (known !== undefined) return known;
    const entry = createEntry(licenseId);
    keepNewest(misses, [entry.licenseId, entry], missesMax);
    return entry;
  };

  const place = (entry: Entry): void => {
    const current = licenses.get(entry.licenseId) ?? misses.get(entry.licenseId);
    // Forgotten while it was being read, and begun anew: the new one reads for itself.
    if (current !== undefined && current !== entry) return;
    if (entry.held === undefined) return keepNewest(misses, [entry.licenseId, entry], missesMax);
    misses.delete(entry.licenseId);
    keepNewest(licenses, [entry.licenseId, entry], licensesMax);
  };

  return { licenses, misses, find, place };
}
