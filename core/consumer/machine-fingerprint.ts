import { hash, randomBytes } from "node:crypto";
import { access, link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type MachineFingerprint = {
  /** 32 hex digits, for the service. It doesn't reveal the id that it was made of. */
  readonly fingerprint: string;
  /** Where it comes from: the cloud's id of this instance, the system's id of this machine, or a file in the store. */
  readonly from: "cloud-instance-id" | "machine-id" | "store";
};

export type FingerprintOptions = {
  /** A folder that outlives the process; in a container a volume. */
  readonly store: string;
  /** Where the machine's files are; `/` by default. */
  readonly root?: string | undefined;
};

/** The instance's id as cloud-init (any cloud) and the firmware of EC2's instances give it, readable by every user. */
const cloudFiles = ["var/lib/cloud/data/instance-id", "sys/class/dmi/id/board_asset_tag"] as const;
/** machine-id(5). It identifies an installation, and is copied with an image. */
const machineFiles = ["etc/machine-id", "var/lib/dbus/machine-id"] as const;
/** Files that Docker and Podman put into a container, and Kubernetes into its pods. */
const containerFiles = [".dockerenv", "run/.containerenv", "var/run/secrets/kubernetes.io"] as const;

/** The forms of real instance ids. An id that cloud-init makes without a cloud, or a placeholder of firmware, fits none. */
const cloudId = /^(?:i-[0-9a-f]{8,17}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9]{8,20}|ocid1\.instance\.[a-z0-9._-]{20,})$/i;
const machineId = /^(?!0{32}$)[0-9a-f]{32}$/i;
const storedId = /^[0-9a-f]{32}$/;
const fileName = "machine-fingerprint";
const idBytes = 16;

/**
 * A fingerprint that stays the same over restarts and updates of this machine. In a container the machine's own ids are those of its
 * host or its image, which other containers have too, so there it is a random id in `store`: the same after the container is made
 * anew if `store` is a volume. Elsewhere it is made of the cloud's instance id or of the machine-id, and of `store` if there is
 * neither. Rejects if it needs `store` and can't read or write it.
 */
export async function machineFingerprint({ store, root = "/" }: FingerprintOptions): Promise<MachineFingerprint> {
  if (!(await isContainer(root))) {
    const cloud = await firstId(root, cloudFiles, cloudId);
    if (cloud !== undefined) return { fingerprint: fingerprintOf("cloud-instance-id", cloud), from: "cloud-instance-id" };
    const machine = await firstId(root, machineFiles, machineId);
    if (machine !== undefined) return { fingerprint: fingerprintOf("machine-id", machine), from: "machine-id" };
  }
  return { fingerprint: fingerprintOf("store", await storedIdIn(store)), from: "store" };
}

/** A digest, because machine-id(5) asks not to show the id itself to the outside. */
function fingerprintOf(from: MachineFingerprint["from"], id: string): string {
  return hash("sha256", `licensing/fingerprint/v1/${from}/${id.toLowerCase()}`, "hex").slice(0, 2 * idBytes);
}

async function isContainer(root: string): Promise<boolean> {
  const found = await Promise.all(containerFiles.map(async (file) => access(join(root, file)).then(() => true, () => false)));
  return found.includes(true);
}

async function firstId(root: string, files: readonly string[], pattern: RegExp): Promise<string | undefined> {
  for (const file of files) {
    const id = (await readFile(join(root, file), "utf8").catch(() => "")).trim();
    if (pattern.test(id)) return id;
  }
  return undefined;
}

/** The id in the store, made there if there is none. If two processes make it at once, one of them succeeds, and both read its id. */
async function storedIdIn(store: string): Promise<string> {
  const file = join(store, fileName);
  const known = await idIn(file);
  if (known !== undefined) return known;
  await mkdir(store, { recursive: true });
  const made = randomBytes(idBytes).toString("hex");
  const written = `${file}.${made}`;
  try {
    await writeFile(written, made, { mode: 0o600 });
    // A link is made whole or not at all, and never over another file. A damaged file is replaced, and so is any where links don't exist.
    await link(written, file).catch(async () => ((await idIn(file)) === undefined ? rename(written, file) : undefined));
  } finally {
    await rm(written, { force: true });
  }
  return (await idIn(file)) ?? made;
}

async function idIn(file: string): Promise<string | undefined> {
  const id = (await readFile(file, "utf8").catch(() => "")).trim();
  return storedId.test(id) ? id : undefined;
}
