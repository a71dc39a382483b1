import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Commands, sentOf, type Call } from "./command.tsx";
import { isStale, sentenceOf, useMay, useService, type Loaded, type Permission } from "./service.ts";

/** Shows the loaded value, that it is loading, or the problem with a button to try again. Below the problem stays the value from before. */
export function Shown<Value>({ of, children }: { readonly of: Loaded<Value>; readonly children: (value: Value, again: () => void) => ComponentChildren }) {
  if (of.state === "loading") return <p class="quiet" role="status">Loading…</p>;
  const fault = of.state === "failed" ? <Fault error={of.error} again={of.again} /> : null;
  const here = of.state === "failed" ? of.last : of;
  // Both have their places in both states, so that nothing is made anew: neither an open dialog nor a typed text.
  return <>{fault}{here === undefined ? null : children(here.value, of.again)}</>;
}

export function Fault({ error, again }: { readonly error: unknown; readonly again?: () => void }) {
  return (
    <p class="fault" role="alert">
      {sentenceOf(error)} {again === undefined ? null : <button onClick={again}>Try again</button>}
    </p>
  );
}

/** Instead of a list without rows: why there are none. `first` is the address of the first page where a later one is shown, which says nothing about the list. */
export function Empty({ children, first }: { readonly children: ComponentChildren; readonly first?: string | undefined }) {
  return <p class="empty">{first === undefined ? children : <>Nothing is on this page any more. <a href={first}>To the first page</a></>}</p>;
}

/** In the order in which they are shown. */
export const statuses = ["ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"] as const;

export function Status({ of }: { readonly of: string }) {
  return <span class={`status ${of.toLowerCase()}`}>{of.toLowerCase()}</span>;
}

type TableProps = { readonly heads: readonly string[]; readonly rows: readonly { readonly key: string; readonly cells: readonly ComponentChildren[] }[] };

/**
 * A table; on a telephone each row is a card, in which a cell has its head beside it. A head without a text stands over the buttons.
 * The roles are said because a browser forgets them where cells aren't laid out as a table.
 */
export function Table({ heads, rows }: TableProps) {
  return (
    <table role="table">
      <thead role="rowgroup"><tr role="row">{heads.map((head) => <th key={head} role="columnheader" scope="col">{head === "" ? <span class="hidden">Actions</span> : head}</th>)}</tr></thead>
      <tbody role="rowgroup">
        {rows.map(({ key, cells }) => <tr key={key} role="row">{cells.map((cell, at) => <td key={heads[at]} role="cell" data-head={heads[at]}>{heads[at] === "" ? <div class="buttons">{cell}</div> : <div>{cell}</div>}</td>)}</tr>)}
      </tbody>
    </table>
  );
}

type AllowedProps = {
  readonly permission: Permission;
  readonly onClick?: () => void;
  readonly children: ComponentChildren;
  readonly kind?: string;
  readonly label?: string;
  readonly isBusy?: boolean;
  readonly isSubmit?: boolean;
};

/** A button that says which permission is missing, where the person doesn't hold it. */
export function Allowed({ permission, onClick, children, kind, label, isBusy = false, isSubmit = false }: AllowedProps) {
  const may = useMay();
  const isAllowed = may(permission);
  return (
    <button type={isSubmit ? "submit" : "button"} class={kind} aria-label={isAllowed ? label : undefined} disabled={!isAllowed || isBusy} title={isAllowed ? undefined : `You need the permission ${permission}.`} onClick={onClick}>
      {children}
      {isAllowed ? null : <small> needs {permission}</small>}
    </button>
  );
}

/** The way to the next page of a list, if there is one. */
export function More({ cursor, href, children = "Next page" }: { readonly cursor: string | null; readonly href: (cursor: string) => string; readonly children?: string }) {
  return cursor === null ? null : <p><a class="next" href={href(cursor)}>{children}</a></p>;
}

type ModalProps = { readonly title: string; readonly children: ComponentChildren; readonly onSubmit: () => void; readonly onClose?: () => void };

/** A form over the page. Escape closes it if there is `onClose`. The focus returns to where it was. */
export function Modal({ title, children, onSubmit, onClose }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => (before instanceof HTMLElement && before.isConnected ? before : document.getElementById("content"))?.focus();
  }, []);
  return (
    // A browser that doesn't know `closedby` closes it by Escape: then it opens again.
    <dialog ref={dialog} closedby={onClose === undefined ? "none" : "closerequest"} onClose={onClose ?? (() => dialog.current?.showModal())} aria-labelledby="dialog-title">
      <form onSubmit={(event) => { event.preventDefault(); onSubmit(); }}>
        <h2 id="dialog-title">{title}</h2>
        {children}
      </form>
    </dialog>
  );
}

/** The license's state that a dialog shows, and on which its change is based. */
export type Basis = {
  readonly sequence: number;
  /** The newest sequence, if all that the dialog shows still holds; else undefined, and the page loads again. */
  readonly newest: () => Promise<number | undefined>;
};

/** How often a change is sent at most. While a fleet of machines starts, the sequence rises between two attempts. */
const basisAttemptsMax = 5;

export type DialogProps<Value> = {
  readonly title: string;
  readonly children: ComponentChildren;
  /** The words on the button that makes the call. */
  readonly doing: string;
  readonly isReady?: boolean;
  readonly call: Call<Value>;
  readonly basis?: Basis;
  readonly onDone?: (value: Value) => void;
  readonly onClose: () => void;
};

/** A dialog that makes one call. Its children say what will change. It also shows the call as commands, and the problem if the call fails. */
export function Dialog<Value>({ title, children, doing, isReady = true, call, basis, onDone, onClose }: DialogProps<Value>) {
  const { api } = useService();
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly error?: unknown }>({ isBusy: false });
  // One key for one body: pressing the button again after a lost answer makes one change.
  const keys = useRef(new Map<string, string>());
  const keyOf = (commands: string) => {
    const key = keys.current.get(commands) ?? newKey();
    keys.current.set(commands, key);
    return key;
  };
  const made = async (ifMatch: number | undefined, attempt = 1): Promise<Value> => {
    try {
      return await call(api, { idempotencyKey: keyOf(sentOf(call)), ...(ifMatch === undefined ? {} : { ifMatch }) });
    } catch (error) {
      const newest = isStale(error) && attempt < basisAttemptsMax ? await basis?.newest() : undefined;
      if (newest === undefined) throw error;
      return made(newest, attempt + 1);
    }
  };
  // Somebody may close the dialog before the answer comes, and open the next one.
  const isOpen = useRef(true);
  useEffect(() => () => void (isOpen.current = false), []);
  const submit = async () => {
    setState({ isBusy: true });
    try {
      const value = await made(basis?.sequence);
      if (isOpen.current) onClose();
      onDone?.(value);
    } catch (error) {
      if (isOpen.current) setState({ isBusy: false, error });
      else say(`${title}: ${sentenceOf(error)}`);
    }
  };
  return (
    <Modal title={title} onSubmit={() => void submit()} onClose={onClose}>
      {children}
      {state.error === undefined ? null : <Fault error={state.error} />}
      <p class="buttons">
        <button type="submit" class="main" disabled={state.isBusy || !isReady}>{state.isBusy ? "Working…" : doing}</button>
        <button type="button" onClick={onClose}>Cancel</button>
      </p>
      <Commands call={call} />
    </Modal>
  );
}

/** 128 random bits. `crypto.randomUUID` isn't there on pages without TLS. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A key or secret that is shown once; it closes only by the button that says so. */
export function Secret({ title, text, onClose }: { readonly title: string; readonly text: string; readonly onClose: () => void }) {
  return (
    <Modal title={title} onSubmit={onClose}>
      <p>It is shown this once. Copy it before you close.</p>
      <p><code class="key">{text}</code></p>
      <p class="buttons">
        <button type="submit" class="main">I have copied it</button>
        <button type="button" onClick={() => void navigator.clipboard.writeText(text).then(() => say("It is copied."))}>Copy</button>
      </p>
    </Modal>
  );
}

export function Field({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return <label class="field"><span>{label}</span>{children}</label>;
}

/** The field of a reason, which the audit trail keeps. */
export function Reason({ value, onInput, isNeeded = false }: { readonly value: string; readonly onInput: (event: { readonly currentTarget: { readonly value: string } }) => void; readonly isNeeded?: boolean }) {
  return <Field label={isNeeded ? "Reason (needed)" : "Reason"}><input value={value} maxLength={500} onInput={onInput} /></Field>;
}

/** A field whose text is submitted on Enter or when the field loses focus. Typed text stays while the screen around it loads. */
export function TextField({ value, onText, placeholder }: { readonly value: string; readonly onText: (text: string) => void; readonly placeholder?: string }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  return <input value={typed} placeholder={placeholder} maxLength={1000} onInput={(event) => setTyped(event.currentTarget.value)} onChange={(event) => onText(event.currentTarget.value.trim())} />;
}

export type Notice = { readonly text: string; readonly saidAt: string };
let tell: ((notice: Notice | undefined) => void) | undefined;

/** Shows a line about a change that was made, until another screen is opened. */
export function say(text: string): void {
  tell?.({ text, saidAt: location.hash });
}

/** Removes the shown line, because it is no longer true. */
export function hush(): void {
  tell?.(undefined);
}

export function Notices() {
  const [notice, setNotice] = useState<Notice>();
  useEffect(() => {
    tell = setNotice;
    // A message of one license would be read as one of the next.
    const moved = () => setNotice((notice) => (notice?.saidAt === location.hash ? notice : undefined));
    addEventListener("hashchange", moved);
    return () => {
      tell = undefined;
      removeEventListener("hashchange", moved);
    };
  }, []);
  return <p class="notice" role="status" aria-live="polite" hidden={notice === undefined}>{notice?.text} <button aria-label="Close the message" onClick={() => setNotice(undefined)}>×</button></p>;
}

/** Saves a list in CSV as a file, or says the problem of its answer. */
export async function saveCsv(name: string, asked: Promise<{ readonly data?: unknown; readonly error?: unknown }>): Promise<void> {
  try {
    const { data, error } = await asked;
    if (typeof data === "string") return download(name, data);
    const { detail = "The list can't be exported.", requestId } = (error ?? {}) as { readonly detail?: string; readonly requestId?: string };
    say(requestId === undefined ? detail : `${detail} (request ${requestId})`);
  } catch (error) {
    say(sentenceOf(error));
  }
}

/** The text as a file. */
export function download(name: string, text: string): void {
  const link = document.createElement("a");
  const address = URL.createObjectURL(new Blob([text]));
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
