import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import aws4 from "aws4";
import { ServiceError } from "../base/service-error.ts";
import { ConfigError } from "../platform/config.ts";
import type { Runtime } from "../platform/runtime.ts";
import { TransportError, type Incoming } from "../platform/transport.ts";

/** The place of dumps: texts by name. Names have letters, digits, dashes and slashes only. */
export type Objects = {
  /** Undefined: there is no such object. */
  readonly get: (name: string) => Promise<string | undefined>;
  /** False: an object of this name exists already and stays unchanged. */
  readonly add: (name: string, text: string) => Promise<boolean>;
  readonly replace: (name: string, text: string) => Promise<void>;
};

/** The bucket can't be read or written. The message has its status and never its answer. */
export class ObjectError extends ServiceError {
  override readonly name = "ObjectError";
}

const bytesMax = 256 * 1024 * 1024;
const timeoutMs = 60_000;
const attemptsMax = 4;
const pauseMsFirst = 250;

/** An S3 bucket and its region (absent: the function's own), or a folder by its absolute path or `file:` URL on one machine. */
type Place = { readonly bucket: string; readonly region?: string };

/** The place that `APP_ENV_DUMP_BUCKET` and `APP_ENV_DUMP_REGION` name. */
export function objectsOf(runtime: Runtime, place: Place): Objects {
  const { bucket } = place;
  if (bucket.startsWith("file:")) return folderObjects(new URL(bucket).pathname);
  return path.isAbsolute(bucket) ? folderObjects(bucket) : bucketObjects(runtime, place);
}

/** A folder on this machine. An object is written beside its place and then put there whole. */
export function folderObjects(folder: string): Objects {
  const beside = async (name: string, text: string) => {
    const place = path.join(folder, name);
    await mkdir(path.dirname(place), { recursive: true });
    const draft = `${place}.${randomUUID()}.draft`;
    await writeFile(draft, text);
    return { place, draft };
  };
  return {
    get: (name) => readFile(path.join(folder, name), "utf8").catch(unless("ENOENT", undefined)),
    add: async (name, text) => {
      const { place, draft } = await beside(name, text);
      const isAdded = await link(draft, place).then(() => true).catch(unless("EEXIST", false));
      await rm(draft);
      return isAdded;
    },
    replace: async (name, text) => {
      const { place, draft } = await beside(name, text);
      await rename(draft, place);
    },
  };
}

function unless<Value>(code: string, value: Value): (error: NodeJS.ErrnoException) => Value {
  return (error) => {
    if (error.code !== code) throw error;
    return value;
  };
}

/**
 * A bucket, over S3's REST interface: requests are signed with the function's own role (Signature Version 4). `If-None-Match: *`
 * lets only one of two writers add an object. A request is tried again after a failure that may be temporary.
 */
function bucketObjects(runtime: Runtime, place: Place): Objects {
  const answered = async (verb: "reading" | "writing", request: Sent): Promise<Incoming> => {
    const reply = await send(runtime, place, request);
    if (reply.status < 300 || (reply.status === 404 && verb === "reading") || (reply.status === 412 && request.isNew === true)) return reply;
    throw new ObjectError(`The bucket of the dumps answers ${reply.status} to a ${verb}.`);
  };
  return {
    get: async (name) => {
      const { status, text } = await answered("reading", { method: "GET", name });
      return status === 404 ? undefined : text;
    },
    add: async (name, text) => (await answered("writing", { method: "PUT", name, body: text, isNew: true })).status !== 412,
    replace: async (name, text) => void (await answered("writing", { method: "PUT", name, body: text })),
  };
}

type Sent = { readonly method: "GET" | "PUT"; readonly name: string; readonly body?: string; readonly isNew?: boolean };

async function send(runtime: Runtime, place: Place, request: Sent): Promise<Incoming> {
  for (let attempt = 1; ; attempt += 1) {
    const reply = await sendOnce(runtime, place, request);
    const mayPass = reply === undefined || reply.status === 409 || reply.status === 429 || reply.status >= 500;
    if (!mayPass) return reply;
    if (attempt >= attemptsMax) throw new ObjectError(`The bucket of the dumps ${reply === undefined ? "doesn't answer" : `answers ${reply.status}`}.`);
    await pause(pauseMsFirst * 2 ** (attempt - 1));
  }
}

async function sendOnce(runtime: Runtime, { bucket, region: other }: Place, { method, name, body = "", isNew = false }: Sent): Promise<Incoming | undefined> {
  const { aws } = runtime.config;
  if (aws === undefined) throw new ConfigError("AWS_REGION", "is not set, though dumps go to a bucket");
  const region = other ?? aws.region;
  const host = `${bucket}.s3.${region}.amazonaws.com`;
  const condition: Record<string, string> = isNew ? { "If-None-Match": "*" } : {};
  const signed = aws4.sign({ host, method, path: `/${name}`, service: "s3", region, headers: condition, body }, aws.credentials);
  const headers = signed.headers as Record<string, string>;
  try {
    return await runtime.transport.send({ url: `https://${host}/${name}`, method, headers, body, timeoutMs, bytesMax, ifDead: "repeat" });
  } catch (error) {
    if (error instanceof TransportError) return undefined;
    throw error;
  }
}
