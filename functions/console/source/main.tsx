import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Access } from "./access.tsx";
import { ActivityPage } from "./activity.tsx";
import { go, hrefOf, usePlace } from "./address.ts";
import { Keys } from "./keys.tsx";
import { LicensePage } from "./license.tsx";
import { Found, Licenses } from "./licenses.tsx";
import { Overview } from "./overview.tsx";
import { Fault, Modal, Notices, say } from "./parts.tsx";
import { Policies, PolicyPage } from "./policies.tsx";
import { isHolder, openService, ServiceContext, type Permission, type Service } from "./service.ts";
import { WebhookPage, Webhooks } from "./webhooks.tsx";
import { hasLeft, logIn, resumeSession, type Config } from "./session.ts";

type Screen = { readonly path: string; readonly name: string; readonly key: string; readonly needs: Permission };

/** The screens of the menu. `g` and the key open one. */
const screens: readonly Screen[] = [
  { path: "overview", name: "Overview", key: "o", needs: "statistics:read" },
  { path: "licenses", name: "Licenses", key: "l", needs: "license:read" },
  { path: "activity", name: "Activity", key: "a", needs: "event:read" },
  { path: "policies", name: "Policies", key: "p", needs: "policy:read" },
  { path: "webhooks", name: "Webhooks", key: "w", needs: "webhook:read" },
  { path: "keys", name: "Keys", key: "k", needs: "key:read" },
  { path: "access", name: "Access", key: "c", needs: "access:read" },
];

function Console({ service }: { readonly service: Service }) {
  const { parts } = usePlace();
  const [text, setText] = useState<string>();
  const [isHelping, setHelping] = useState(false);
  const { permissions, actor } = service.me;
  const isOwn = isHolder(service.me);
  const shown = screens.filter(({ needs }) => permissions[needs] === "all" || (isOwn && needs === "license:read" && permissions[needs] === "own"));
  useKeys(shown, () => setHelping(true));
  useEffect(() => {
    if (service.session.wasCut) say("Your login had ended, and you are logged in again. If you were about to change something, look whether it is done.");
  }, []);
  useEffect(() => {
    if (parts[0] !== "found") setText(undefined);
    document.getElementById("content")?.focus();
  }, [parts.join("/")]);
  return (
    <ServiceContext.Provider value={service}>
      <a class="skip" href="#content" onClick={(event) => { event.preventDefault(); document.getElementById("content")?.focus(); }}>To the content</a>
      <header>
        <span class="brand"><svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="11" cy="16" r="7" /><path d="M18 16h12m-4 0v6m-5-6v4" /></svg> Licensing</span>
        <nav aria-label="Screens">{shown.map(({ path, name }) => <a key={path} href={hrefOf([path])} aria-current={parts[0] === path ? "page" : undefined}>{isOwn && path === "licenses" ? "My licenses" : name}</a>)}</nav>
        {isOwn ? null : <FindBox onFind={(sought) => { setText(sought); go(hrefOf(["found"])); }} />}
        <span class="who"><bdi>{actor.id}</bdi> <button onClick={() => void service.session.logOut()}>Log out</button></span>
      </header>
      <main id="content" tabIndex={-1}>
        <Screen parts={parts} first={shown[0]?.path} typed={text} />
      </main>
      {isHelping ? <Help screens={shown} onClose={() => setHelping(false)} /> : null}
      <Notices />
    </ServiceContext.Provider>
  );
}

type ScreenProps = { readonly parts: readonly string[]; readonly first: string | undefined; readonly typed: string | undefined };

function Screen({ parts: [screen, id], first, typed }: ScreenProps) {
  switch (screen ?? first) {
    case "overview": return <Overview />;
    case "licenses": return id === undefined ? <Licenses /> : <LicensePage key={id} id={id} />;
    case "activity": return <ActivityPage />;
    case "found": return <Found typed={typed} />;
    case "policies": return id === undefined ? <Policies /> : <PolicyPage key={id} id={id} />;
    case "webhooks": return id === undefined ? <Webhooks /> : <WebhookPage key={id} id={id} />;
    case "keys": return <Keys />;
    case "access": return <Access />;
    case undefined: return <p class="empty">You may see nothing here. An administrator grants roles.</p>;
    default: return <p class="empty">There is no such screen. <a href={hrefOf([])}>To the start</a></p>;
  }
}

function FindBox({ onFind }: { readonly onFind: (text: string) => void }) {
  const [text, setText] = useState("");
  return (
    <form role="search" class="find" onSubmit={(event) => { event.preventDefault(); if (text.trim() !== "") onFind(text.trim()); setText(""); }}>
      <input id="find" type="search" aria-label="Find a customer: key, id, fingerprint, e-mail or name" placeholder="Find anything  /" value={text} onInput={(event) => setText(event.currentTarget.value)} autocomplete="off" />
    </form>
  );
}

function Help({ screens: shown, onClose }: { readonly screens: readonly Screen[]; readonly onClose: () => void }) {
  return (
    <Modal title="Keys" onSubmit={onClose} onClose={onClose}>
      <dl>
        <dt><kbd>/</kbd></dt><dd>find</dd><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next and previous row</dd><dt><kbd>Esc</kbd></dt><dd>close a dialog, and change nothing</dd><dt><kbd>?</kbd></dt><dd>this help</dd>
        {shown.map(({ key, name }) => [<dt key={key}><kbd>g</kbd> <kbd>{key}</kbd></dt>, <dd key={name}>{name}</dd>])}
      </dl>
      <p class="buttons"><button type="submit" class="main">Close</button></p>
    </Modal>
  );
}

/** The keys work everywhere except in fields and dialogs. */
function useKeys(shown: readonly Screen[], help: () => void): void {
  useEffect(() => {
    let isGoing = false;
    const pressed = (event: KeyboardEvent) => {
      const { target } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || (target instanceof HTMLElement && target.closest("input, select, textarea, dialog") !== null)) return;
      const screen = isGoing ? shown.find(({ key }) => key === event.key) : undefined;
      isGoing = event.key === "g";
      if (screen !== undefined) go(hrefOf([screen.path]));
      else if (event.key === "/") { event.preventDefault(); document.getElementById("find")?.focus(); }
      else if (event.key === "?") help();
      else if (event.key === "j" || event.key === "k") moveRow(event.key === "j" ? 1 : -1);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [shown.length]);
}

function moveRow(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("a.open")];
  const now = rows.findIndex((row) => row === document.activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, now + step))]?.focus();
}

type Start = { readonly state: "starting" } | { readonly state: "out"; readonly config: Config } | { readonly state: "failed"; readonly error: unknown } | { readonly state: "in"; readonly service: Service };

/** Logs in, or says how to set the login up. After a logout nobody is logged in unasked. */
function Door() {
  const [start, setStart] = useState<Start>({ state: "starting" });
  const failed = (error: unknown) => setStart({ state: "failed", error });
  useEffect(() => {
    enter().then(setStart, failed);
  }, []);
  switch (start.state) {
    case "starting": return <main class="door"><p role="status">Opening the console…</p></main>;
    case "failed": return <main class="door"><h1>The console can't open</h1><Fault error={start.error} again={() => location.reload()} /></main>;
    case "out": return start.config.clientId === null ? <NotConfigured /> : <main class="door"><h1>Licensing</h1><p>You are logged out.</p><button class="main" onClick={() => { logIn(start.config).catch(failed); }}>Log in</button></main>;
    case "in": return <Console service={start.service} />;
  }
}

async function enter(): Promise<Start> {
  const response = await fetch("/v1/api/licensing/console/config");
  if (!response.ok) throw new Error(`The login's settings can't be read (${response.status}).`);
  const config = (await response.json()) as Config;
  if (config.clientId === null) return { state: "out", config };
  const session = await resumeSession(config);
  if (session !== undefined) return { state: "in", service: await openService(session) };
  if (hasLeft()) return { state: "out", config };
  await logIn(config);
  return { state: "starting" };
}

function NotConfigured() {
  return (
    <main class="door">
      <h1>The login isn't set up</h1>
      <p>Register a public client at the identity provider, with this page's address for its redirects, and set its id as <code>APP_ENV_IDENTITY_CLIENT_ID</code>. Scopes, parameters and endpoints have settings too: <code>APP_ENV_IDENTITY_SCOPES</code>, <code>APP_ENV_IDENTITY_AUTHORIZATION_PARAMETERS</code>, <code>APP_ENV_IDENTITY_ENDPOINTS</code>.</p>
    </main>
  );
}

// A browser that goes back shows the page as it was left, with the texts of a person who has logged out since.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});

const root = document.getElementById("console");
if (root !== null) {
  // Preact keeps what the root already holds.
  root.replaceChildren();
  render(<Door />, root);
}
