import { createContext } from "preact";
import { useCallback, useContext, useEffect, useRef, useState } from "preact/hooks";
import { createClient, LicensingError, type Client, type License, type Me } from "@licensing/client";
import type { Session } from "./session.ts";

/** The service as the person who is logged in may use it. */
export type Service = { readonly api: Client; readonly me: Me; readonly session: Session };

export async function openService(session: Session): Promise<Service> {
  const api = createClient({
    url: location.origin,
    credentials: async (refused) => ({ token: await session.token(refused !== undefined && "token" in refused ? refused.token : undefined) }),
  });
  return { api, session, me: await api.access.me() };
}

export const ServiceContext = createContext<Service | undefined>(undefined);

export function useService(): Service {
  const service = useContext(ServiceContext);
  if (service === undefined) throw new Error("a screen stands outside the service");
  return service;
}

/** Whether somebody sees nothing but licenses of their own: a holder. */
export function isHolder({ permissions }: Me): boolean {
  return permissions["license:read"] !== "all";
}

export type Permission = keyof Me["permissions"];

/** Whether the person holds the permission, for all licenses or for their own. */
export function useMay(): (permission: Permission) => boolean {
  const { me } = useService();
  return (permission) => me.permissions[permission] !== undefined;
}

export type Loaded<Value> =
  | { readonly state: "loading" }
  | { readonly state: "failed"; readonly error: unknown; readonly again: () => void; readonly last: { readonly value: Value } | undefined }
  | { readonly state: "here"; readonly value: Value; readonly again: () => void };

/** Loads when `key` changes, and again on demand. An answer that comes after the next question is dropped. A failure keeps the last value of its key. */
export function useLoaded<Value>(key: string, load: (signal: AbortSignal) => Promise<Value>): Loaded<Value> {
  const [count, setCount] = useState(0);
  const [loaded, setLoaded] = useState<Loaded<Value>>({ state: "loading" });
  const last = useRef<{ readonly key: string; readonly value: Value } | undefined>(undefined);
  const again = useCallback(() => setCount((before) => before + 1), []);
  useEffect(() => {
    const aborter = new AbortController();
    load(aborter.signal).then(
      (value) => {
        if (aborter.signal.aborted) return;
        last.current = { key, value };
        setLoaded({ state: "here", value, again });
      },
      (error: unknown) => {
        if (!aborter.signal.aborted) setLoaded({ state: "failed", error, again, last: last.current?.key === key ? last.current : undefined });
      },
    );
    return () => aborter.abort();
  }, [key, count]);
  return loaded;
}

/**
 * The key of `useLoaded` by which a part of a license's page loads again after a change. As the part's own `key` it would make the part
 * anew, which closes its dialogs and empties its fields.
 */
export function versionOf({ id, sequence }: License): string {
  return `${id} ${sequence}`;
}

/**
 * The text of a license without the members that machines change. A dialog compares two such texts to learn whether somebody else has
 * changed the license.
 */
export function termsTextOf(license: License): string {
  return JSON.stringify({ ...license, sequence: 0, seatsUsed: 0, lastValidatedAt: null, updatedAt: null });
}

/** Whether a change was refused because the license has another sequence than the one that the change was based on. */
export function isStale(error: unknown): boolean {
  return error instanceof LicensingError && error.code === "sequence-mismatch";
}

/** The error's sentence; of an answer of the service with its request id. */
export function sentenceOf(error: unknown): string {
  if (isStale(error)) return "Somebody else has changed this license meanwhile, and your change was not made. This page shows the license as it is now: look at it, and press again if you still want to.";
  if (error instanceof LicensingError) return `${error.message}${error.requestId === undefined ? "" : ` (request ${error.requestId})`}`;
  return error instanceof Error ? error.message : "Something failed.";
}
