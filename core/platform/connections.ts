import type { Agent } from "node:http";
import type { Duplex } from "node:stream";

/** The time, and what happens later: an argument, so that tests have their own. */
export type Timing = {
  /** Milliseconds since 1970. Not a monotonic clock: that may stand still while a process is frozen. */
  readonly nowMs: () => number;
  /** Runs it after so many milliseconds, unless the returned function is called before. */
  readonly after: (ms: number, run: () => void) => () => void;
};

/** What is known of the kept connections of an agent. */
export type Connections = {
  /**
   * Lets go of the idle connections that were not heard of for a while: of these at most the last used stays, if `keepsOne`, and if
   * there is none better. True: the next request goes on that one, which may be dead.
   */
  readonly prepare: (origin: string, options: { readonly keepsOne: boolean }) => boolean;
  /** The peer has answered on this connection. */
  readonly hear: (socket: Duplex, origin: string) => void;
  /** Lets go of all idle connections to the peer. */
  readonly drop: (origin: string) => void;
};

/**
 * A process that runs hears of a connection's end. One that was frozen (Lambda freezes between two calls) may have missed it, and the
 * peer's address translation may have forgotten the connection without a word. So whatever wasn't heard of for longer than this
 * may be dead.
 */
export const suspectAfterMs = 1_000;

export function createConnections(agent: Agent, { nowMs }: Timing): Connections {
  const known = new WeakMap<Duplex, { readonly origin: string; readonly atMs: number }>();
  const idleTo = (origin: string): Duplex[] => Object.values(agent.freeSockets).flatMap((sockets = []) => sockets.filter((socket) => known.get(socket)?.origin === origin && !socket.destroyed));
  const isSuspect = (socket: Duplex): boolean => {
    const silentMs = nowMs() - (known.get(socket)?.atMs ?? 0);
    // A clock that was set back tells nothing.
    return silentMs >= suspectAfterMs || silentMs < 0;
  };
  return {
    prepare: (origin, { keepsOne }) => {
      const idle = idleTo(origin);
      const suspects = idle.filter(isSuspect);
      // The agent takes the connection that was used last, which is the last of the list.
      const kept = keepsOne && suspects.length === idle.length ? suspects.pop() : undefined;
      for (const socket of suspects) socket.destroy();
      return kept !== undefined;
    },
    hear: (socket, origin) => void known.set(socket, { origin, atMs: nowMs() }),
    drop: (origin) => idleTo(origin).forEach((socket) => socket.destroy()),
  };
}
