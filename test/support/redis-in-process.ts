import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { RedisReplyError } from "../../infra/local/redis/redis-backend.ts";
import type { RedisBackend, RedisCommand, RedisReply } from "../../infra/local/redis/redis-backend.ts";
import { createStore } from "../../infra/local/redis/store.ts";

export type StoreServer = { readonly url: string; readonly stop: () => Promise<void> };

/**
 * The in-process store on loopback behind RESP2, the protocol of Redis, so that several processes and Redis's own clients
 * share it. A connection may choose its database; each is a store. `MULTI` queues until `EXEC`.
 */
export async function startStoreServer(): Promise<StoreServer> {
  const databases = new Map<number, RedisBackend>();
  const database = (index: number): RedisBackend => {
    const opened = databases.get(index) ?? createStore();
    databases.set(index, opened);
    return opened;
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    serve(socket, database);
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Answers the commands of one connection in the order of their arrival. */
function serve(socket: Socket, database: (index: number) => RedisBackend): void {
  const session: Session = { database: database(0), select: database, queued: undefined };
  let unread: Buffer = Buffer.alloc(0);
  let answered = Promise.resolve();
  socket.on("data", (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    for (let read = readCommand(unread); read !== undefined; read = readCommand(unread)) {
      const { command } = read;
      unread = unread.subarray(read.end);
      answered = answered.then(async () => void socket.write(encode(await answer(session, command))));
    }
  });
}

type Session = {
  database: RedisBackend;
  readonly select: (index: number) => RedisBackend;
  /** The commands since `MULTI`; undefined outside of a transaction. */
  queued: RedisCommand[] | undefined;
};

async function answer(session: Session, command: RedisCommand): Promise<RedisReply> {
  const [name, argument = ""] = command;
  switch (name) {
    case "SELECT":
      session.database = session.select(Number(argument));
      return "OK";
    case "INFO":
      return Buffer.from("# Server\r\nredis_version:7.0.0\r\nloading:0\r\n");
    case "MULTI":
      session.queued = [];
      return "OK";
    case "EXEC":
      return transact(session);
    default:
      if (session.queued === undefined) return (await session.database.run([command], { atomic: false }))[0] ?? null;
      session.queued.push(command);
      return "QUEUED";
  }
}

async function transact(session: Session): Promise<RedisReply> {
  const { queued } = session;
  session.queued = undefined;
  if (queued === undefined) return new RedisReplyError("ERR EXEC without MULTI");
  try {
    return await session.database.run(queued, { atomic: true });
  } catch (error) {
    if (error instanceof RedisReplyError) return error;
    throw error;
  }
}

/** The first command of the bytes, an array of bulk strings, and where it ends; undefined until all of it has arrived. */
function readCommand(bytes: Buffer): { readonly command: RedisCommand; readonly end: number } | undefined {
  const count = readLength(bytes, 0);
  if (count === undefined) return undefined;
  const words: string[] = [];
  let end = count.end;
  for (let index = 0; index < count.length; index += 1) {
    const word = readLength(bytes, end);
    if (word === undefined || bytes.length < word.end + word.length + 2) return undefined;
    words.push(bytes.toString("utf8", word.end, word.end + word.length));
    end = word.end + word.length + 2;
  }
  const [name = "", ...args] = words;
  return { command: [name.toUpperCase(), ...args], end };
}

/** The number of a line such as `*3` or `$12`. */
function readLength(bytes: Buffer, start: number): { readonly length: number; readonly end: number } | undefined {
  const end = bytes.indexOf("\r\n", start);
  return end === -1 ? undefined : { length: Number(bytes.toString("latin1", start + 1, end)), end: end + 2 };
}

function encode(reply: RedisReply): Buffer {
  if (reply === null) return Buffer.from("$-1\r\n");
  if (typeof reply === "number") return Buffer.from(`:${reply}\r\n`);
  if (typeof reply === "string") return Buffer.from(`+${reply}\r\n`);
  if (Buffer.isBuffer(reply)) return Buffer.concat([Buffer.from(`$${reply.length}\r\n`), reply, Buffer.from("\r\n")]);
  if (reply instanceof RedisReplyError) return Buffer.from(`-${reply.message}\r\n`);
  return Buffer.concat([Buffer.from(`*${reply.length}\r\n`), ...reply.map(encode)]);
}
