import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { sentenceOf, useMay, type Loaded, type Permission } from "./service.ts";

/** The loaded value, or its place holder, or the problem with a way to try again. */
export function Shown<Value>({ of, children }: { readonly of: Loaded<Value>; readonly children: (value: Value, again: () => void) => ComponentChildren }) {
  if (of.state === "loading") return <p class="quiet" role="status">Loading…</p>;
  if (of.state === "failed") return <Fault error={of.error} again={of.again} />;
  return <>{children(of.value, of.again)}</>;
}

export function Fault({ error, again }: { readonly error: unknown; readonly again?: () => void }) {
  return (
    <p class="fault" role="alert">
      {sentenceOf(error)} {again === undefined ? null : <button onClick={again}>Try again</button>}
    </p>
  );
}

export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

export function Status({ of }: { readonly of: string }) {
  return <span class={`status ${of.toLowerCase()}`}>{of.toLowerCase()}</span>;
}

/** A button that says which permission is missing, where the person doesn't hold it. */
export function Allowed({ permission, onClick, children, kind }: { readonly permission: Permission; readonly onClick: () => void; readonly children: ComponentChildren; readonly kind?: string }) {
  const may = useMay();
  const isAllowed = may(permission);
  return (
    <button class={kind} disabled={!isAllowed} title={isAllowed ? undefined : `You need the permission ${permission}.`} onClick={onClick}>
      {children}
      {isAllowed ? null : <small> needs {permission}</small>}
    </button>
  );
}

export type DialogProps = {
  readonly title: string;
  readonly children: ComponentChildren;
  /** The words on the button that does it. */
  readonly doing: string;
  readonly isReady?: boolean;
  readonly onDo: () => Promise<void>;
  readonly onClose: () => void;
};

/** A dialog that does one thing: it says what will change before, and shows the problem if it fails. Escape closes it, and the focus returns. */
export function Dialog({ title, children, doing, isReady = true, onDo, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly error?: unknown }>({ isBusy: false });
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => (before instanceof HTMLElement ? before.focus() : undefined);
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    setState({ isBusy: true });
    try {
      await onDo();
      onClose();
    } catch (error) {
      setState({ isBusy: false, error });
    }
  };
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="dialog-title">
      <form onSubmit={(event) => void submit(event)}>
        <h2 id="dialog-title">{title}</h2>
        {children}
        {state.error === undefined ? null : <Fault error={state.error} />}
        <p class="buttons">
          <button type="submit" class="main" disabled={state.isBusy || !isReady}>{state.isBusy ? "Working…" : doing}</button>
          <button type="button" onClick={() => dialog.current?.close()}>Cancel</button>
        </p>
      </form>
    </dialog>
  );
}

export function Field({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return <label class="field"><span>{label}</span>{children}</label>;
}

/** A field whose text is submitted on Enter or when the field loses focus. Typed text stays while the screen around it loads. */
export function TextField({ value, onText, placeholder }: { readonly value: string; readonly onText: (text: string) => void; readonly placeholder?: string }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  return <input value={typed} placeholder={placeholder} onInput={(event) => setTyped(event.currentTarget.value)} onChange={(event) => onText(event.currentTarget.value.trim())} />;
}

export type Notice = { readonly text: string };
let tell: ((notice: Notice) => void) | undefined;

/** Says in a line what was done. */
export function say(text: string): void {
  tell?.({ text });
}

export function Notices() {
  const [notice, setNotice] = useState<Notice>();
  useEffect(() => {
    tell = setNotice;
    return () => (tell = undefined);
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
