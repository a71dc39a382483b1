import type { Agent } from "node:http";
import type { Duplex } from "node:stream";

/** The clock and the timer, as an argument, so that tests can replace them. */
export type Timing = {
  /** Milliseconds since 1970. Not a monotonic clock: that may stand still while a process is frozen. */
  readonly nowMs: () => number;
  /** Calls `run` after `ms` milliseconds, unless the returned function is called before. */
  readonly after: (ms: number, run: () => void) => () => void;
};

/** The kept connections of an agent, and when each was last active. */
export type Connections = {
  /**
   * Closes idle connections that weren't active for a while. With `keepsOne` the last used of them stays, if there is no better
   * connection. True: the next request uses that one, which may be dead.
   */
  readonly prepare: (origin: string, options: { readonly keepsOne: boolean }) => boolean;
  /** Called when the peer has answered on this connection. */
  readonly hear: (socket: Duplex, origin: string) => void;
  /** Closes all idle connections to the peer. */
  readonly drop: (origin: string) => void;
};

/**
 * A running process notices the end of a connection. A frozen one (Lambda freezes between two calls) may have missed it, and the
 * peer's address translation may have dropped the connection silently. So a connection that wasn't active for longer than this
 * may be dead.
 */
export const suspectAfterMs = 1_000;

export function createConnections(agent: Pick<Agent, "freeSockets">, { nowMs }: Pick<Timing, "nowMs">): Connections {
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
