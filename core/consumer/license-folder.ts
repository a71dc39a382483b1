import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Where an application keeps what it must know at its next start: one text. */
export type LicenseStore = {
  /** The text that was written last; undefined or null: nothing was. */
  readonly read: () => Promise<string | null | undefined>;
  readonly write: (text: string) => Promise<void>;
};

const fileName = "license.json";
const bytesMax = 262_144;

/**
 * A store in a folder of the user's machine, which several processes may share. A text is written beside the old one and renamed, so
 * that a reader finds one of the two, whole, whenever the process or the machine stops. Its functions reject as the file system does.
 */
export function licenseFolder(folder: string): LicenseStore {
  const file = join(folder, fileName);
  return {
    read: async () => {
      try {
        return (await stat(file)).size > bytesMax ? "" : await readFile(file, "utf8");
      } catch (error) {
        if (codeOf(error) === "ENOENT") return undefined;
        throw error;
      }
    },
    write: async (text) => {
      const written = join(folder, `.${fileName}.${randomUUID()}`);
      await mkdir(folder, { recursive: true });
      try {
        await writeFile(written, text, { mode: 0o600 });
        await rename(written, file);
      } catch (error) {
        await rm(written, { force: true }).catch(() => undefined);
        throw error;
      }
    },
  };
}

/** A sentence on why a store failed. Never the error's message, which may hold a path. */
export function storeFault(error: unknown, doing: "read" | "written"): string {
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") return "The license store is full.";
  if (code === "EROFS" || code === "EACCES" || code === "EPERM") return `The license store can't be ${doing}: this user may not (${code}).`;
  return `The license store can't be ${doing}${code === undefined ? "" : ` (${code})`}.`;
}

function codeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{2,30}$/.test(code) ? code : undefined;
}
