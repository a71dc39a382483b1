import { useState } from "preact/hooks";
import type { KeyCheck, SigningKey } from "@licensing/client";
import { Allowed, Dialog, Empty, say, Shown, Table } from "./parts.tsx";
import { useLoaded, useService } from "./service.ts";
import { instantOf, Time } from "./time.tsx";

/** The signing keys through their rotation, and the findings of the last check. */
export function Keys() {
  const { api } = useService();
  const keys = useLoaded("keys", (signal) => api.keys.list({ signal }));
  const [isChecking, setChecking] = useState(false);
  return (
    <>
      <h1>Signing keys</h1>
      <Shown of={keys}>
        {({ data, check }, again) => (
          <>
            <section aria-labelledby="check">
              <h2 id="check">The last check</h2>
              <Check check={check} />
              <p><Allowed permission="key:manage" onClick={() => setChecking(true)}>Check now</Allowed></p>
            </section>
            <section aria-labelledby="rotation">
              <h2 id="rotation">Rotation</h2>
              {data.length === 0 ? <Empty>No key was registered yet. The first check registers the keys of the secret.</Empty> : <><Rotation keys={data} /><KeyTable keys={data} /></>}
            </section>
            {isChecking ? (
              <Dialog title="Check the keys" doing="Check" call={(called, options) => called.keys.check(options)} onClose={() => setChecking(false)} onDone={() => { say("The keys are checked."); again(); }}>
                <p>It registers keys that were added to the secret, takes the steps of the rotation that are due, and tests whether certificates verify.</p>
              </Dialog>
            ) : null}
          </>
        )}
      </Shown>
    </>
  );
}

function Check({ check }: { readonly check: KeyCheck | null }) {
  if (check === null) return <Empty>No check has run yet. It runs every hour.</Empty>;
  return (
    <>
      <p><Time at={check.at} />: <strong class={check.state === "ok" ? "good" : "bad"}>{check.state === "ok" ? "everything is well" : check.state === "warn" ? "look at it" : "act now"}</strong></p>
      {check.findings.length === 0 ? null : (
        <ul class="findings">{check.findings.map(({ code, kid, state, detail }) => <li key={`${code} ${kid ?? ""}`} class={state === "ok" ? "good" : "bad"}>{detail} <small>{code}{kid === undefined ? "" : `, ${kid.slice(0, 8)}…`}</small></li>)}</ul>
      )}
    </>
  );
}

type Phase = { readonly name: "pending" | "active" | "retiring" | "retired"; readonly from: number; readonly to: number };

/** The phases that a key went through, in milliseconds. The last one isn't over. */
function phasesOf({ createdAt, activeAt, retiringAt, retiredAt }: SigningKey, nowMs: number): readonly Phase[] {
  const begun = ([["pending", createdAt], ["active", activeAt], ["retiring", retiringAt], ["retired", retiredAt]] as const).flatMap(([name, at]) => (at === null ? [] : [{ name, from: Date.parse(at) }]));
  return begun.map((phase, at) => ({ ...phase, to: begun[at + 1]?.from ?? nowMs }));
}

/** A band for each key, from the first key's day to today; the table below has the same instants. */
function Rotation({ keys }: { readonly keys: readonly SigningKey[] }) {
  const nowMs = Date.now();
  const bands = keys.map((key) => ({ key, phases: phasesOf(key, nowMs) }));
  const start = Math.min(nowMs - 3_600_000, ...bands.flatMap(({ phases }) => phases.map(({ from }) => from)));
  const place = (at: number) => ((at - start) / (nowMs - start)) * 100;
  return (
    <figure class="rotation">
      {bands.map(({ key: { kid, state }, phases }) => (
        <div key={kid}>
          <code>{kid.slice(0, 8)}…</code>
          <svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label={`${kid}: ${phases.map(({ name, from }) => `${name} since ${instantOf(new Date(from).toISOString())}`).join(", ") || state}`}>
            <rect class="ground" width="100" height="10" />
            {phases.map(({ name, from, to }) => <rect key={name} class={state === "compromised" ? "compromised" : name} x={place(from)} width={Math.max(0.75, place(to) - place(from))} height="10"><title>{`${name} since ${instantOf(new Date(from).toISOString())}`}</title></rect>)}
          </svg>
        </div>
      ))}
      <figcaption>
        <span><Time at={new Date(start).toISOString()} /></span>
        <ul>{["pending", "active", "retiring", "retired", "compromised"].map((name) => <li key={name}><i class={name} /> {name}</li>)}</ul>
        <span>now</span>
      </figcaption>
    </figure>
  );
}

function KeyTable({ keys }: { readonly keys: readonly SigningKey[] }) {
  const rows = keys.map((key) => ({
    key: key.kid,
    cells: [
      <><code>{key.kid}</code>{key.inSecret ? null : <small>not in the secret</small>}</>, key.state, <Time at={key.createdAt} absent="–" />,
      <Time at={key.activeAt} absent="not yet" />, <Time at={key.retiringAt} absent="–" />, <Time at={key.retiredAt} absent="–" />, key.certificates,
    ],
  }));
  return <Table heads={["Key", "State", "Made", "Active", "Retiring", "Retired", "Certificates"]} rows={rows} />;
}
