import { useState } from "preact/hooks";
import type { License } from "@licensing/client";
import { Allowed, Dialog, Field, say } from "./parts.tsx";
import { useService, type Permission } from "./service.ts";
import { dayOf } from "./time.tsx";

type Verb = "renew" | "suspend" | "reinstate" | "rotateKey" | "revoke" | "transfer";
type Published = { readonly certificate: { readonly state: string; readonly reason?: string; readonly visibleBy?: string } };

const permissions: Readonly<Record<Verb, Permission>> = {
  renew: "license:renew", suspend: "license:suspend", reinstate: "license:reinstate", rotateKey: "license:update", revoke: "license:revoke", transfer: "license:update",
};
const names: Readonly<Record<Verb, string>> = { renew: "Extend", suspend: "Suspend", reinstate: "Reinstate", rotateKey: "New key", revoke: "Revoke", transfer: "Hand over" };

/** The verbs that this license's status allows, each with a dialog that says what it will change. */
export function Verbs({ license, changed }: { readonly license: License; readonly changed: () => void }) {
  const [verb, setVerb] = useState<Verb>();
  const [key, setKey] = useState<string>();
  if (license.status === "REVOKED") return null;
  const offered: readonly Verb[] = ["renew", license.status === "SUSPENDED" ? "reinstate" : "suspend", "transfer", "rotateKey", "revoke"];
  return (
    <p class="buttons">
      {offered.map((each) => (
        <Allowed key={each} permission={permissions[each]} kind={each === "revoke" ? "danger" : ""} onClick={() => setVerb(each)}>{names[each]}</Allowed>
      ))}
      {verb === undefined ? null : <VerbDialog key={verb} verb={verb} license={license} done={(shown) => { setKey(shown); changed(); }} close={() => setVerb(undefined)} />}
      {key === undefined ? null : <NewKey text={key} close={() => setKey(undefined)} />}
    </p>
  );
}

type VerbProps = { readonly verb: Verb; readonly license: License; readonly done: (key: string | undefined) => void; readonly close: () => void };

function VerbDialog({ verb, license, done, close }: VerbProps) {
  const { api } = useService();
  const [given, setGiven] = useState({ reason: "", periods: "1", overlap: "86400", holder: "", holderType: license.holder.type, hint: "" });
  const set = (name: keyof typeof given) => (event: { readonly currentTarget: { readonly value: string } }) => setGiven({ ...given, [name]: event.currentTarget.value });
  // One key for the dialog: pressing the button again after a lost answer makes one change.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const reason = given.reason === "" ? {} : { reason: given.reason };
  const options = { idempotencyKey };
  const run = async () => {
    const told = await act();
    say(`${names[verb]}: done. ${certificateWords(told)}`);
    done("key" in told && typeof told.key === "string" ? told.key : undefined);
  };
  const bodies = {
    renew: { ...reason, periods: Number(given.periods) },
    suspend: reason,
    reinstate: reason,
    revoke: reason,
    rotateKey: { overlapSeconds: Number(given.overlap) },
    transfer: { ...reason, holder: { type: given.holderType, id: given.holder } },
  } as const;
  const act = (): Promise<Published & { readonly key?: string }> => {
    switch (verb) {
      case "renew": return api.licenses.renew(license.id, bodies.renew, options);
      case "suspend": return api.licenses.suspend(license.id, bodies.suspend, options);
      case "reinstate": return api.licenses.reinstate(license.id, bodies.reinstate, options);
      case "revoke": return api.licenses.revoke(license.id, bodies.revoke, options);
      case "rotateKey": return api.licenses.rotateKey(license.id, bodies.rotateKey, options);
      case "transfer": return api.licenses.transfer(license.id, bodies.transfer, options);
    }
  };
  const isReady = verb === "revoke" ? `…${given.hint.toUpperCase().replace(/^…/, "")}` === license.keyHint : verb === "transfer" ? given.holder !== "" : verb !== "suspend" || given.reason !== "";
  return (
    <Dialog title={`${names[verb]}: ${license.name ?? license.holder.id}`} doing={names[verb]} isReady={isReady} onDo={run} onClose={close}>
      <p>{consequence(verb, license)}</p>
      {verb === "renew" ? <Field label="Periods"><input type="number" min="1" max="120" value={given.periods} onInput={set("periods")} /></Field> : null}
      {verb === "rotateKey" ? (
        <Field label="The old key stops"><select value={given.overlap} onChange={set("overlap")}><option value="0">at once</option><option value="3600">after an hour</option><option value="86400">after a day</option></select></Field>
      ) : null}
      {verb === "transfer" ? (
        <>
          <Field label="To"><select value={given.holderType} onChange={set("holderType")}><option value="user">a user</option><option value="organization">an organization</option></select></Field>
          <Field label="The new holder's id"><input value={given.holder} onInput={set("holder")} /></Field>
        </>
      ) : null}
      {verb === "revoke" ? <Field label={`Type the last five of the key (${license.keyHint})`}><input value={given.hint} onInput={set("hint")} autocomplete="off" /></Field> : null}
      {verb === "rotateKey" ? null : <Field label={verb === "suspend" ? "Reason (needed)" : "Reason"}><input value={given.reason} maxLength={500} onInput={set("reason")} /></Field>}
      <AsCommand verb={verb} license={license} body={bodies[verb]} />
    </Dialog>
  );
}

/** The change in words, before it is made. */
function consequence(verb: Verb, { expiresAt, seatsUsed, status }: License): string {
  const seats = seatsUsed === 1 ? "its machine" : `its ${seatsUsed} machines`;
  switch (verb) {
    case "renew": return expiresAt === null ? "It has no expiry; only its maintenance moves, if it has one." : `It expires on ${dayOf(expiresAt)} now; each period is one of its policy's durations.`;
    case "suspend": return `Consumers refuse it within seconds, and ${seats} with it. Reinstating takes this back.`;
    case "reinstate": return `It works again for ${seats}${expiresAt === null ? "" : `, until ${dayOf(expiresAt)}`}.`;
    case "rotateKey": return "A new key is shown once. Everything else stays.";
    case "transfer": return `It gets a new holder and a new key, and ${seats} lose their seats. The new holder sees nothing from before.`;
    case "revoke": return `It ends for ever, whatever its status (${status.toLowerCase()}), and ${seats} are refused. Nobody can take this back.`;
  }
}

function certificateWords({ certificate: { state, reason, visibleBy } }: Published): string {
  if (state === "published") return visibleBy === undefined ? "Its certificate is published." : `Consumers see it by ${new Date(visibleBy).toLocaleTimeString()}.`;
  return `Its certificate is ${state}${reason === undefined ? "" : ` (${reason})`}; the service goes on trying.`;
}

function AsCommand({ verb, license, body }: { readonly verb: Verb; readonly license: License; readonly body: object }) {
  const path = { renew: "renew", suspend: "suspend", reinstate: "reinstate", revoke: "revoke", rotateKey: "rotate-key", transfer: "transfer" }[verb];
  const json = JSON.stringify(body).replaceAll("'", String.raw`'\''`);
  return (
    <details>
      <summary>The same as a command</summary>
      <pre>{`curl -X POST ${location.origin}/v1/api/licensing/licenses/${license.id}/${path} \\\n  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\\n  -d '${json}'`}</pre>
    </details>
  );
}

function NewKey({ text, close }: { readonly text: string; readonly close: () => void }) {
  return (
    <Dialog title="The new key" doing="I have copied it" onDo={() => Promise.resolve()} onClose={close}>
      <p>It is shown this once.</p>
      <p><code class="key">{text}</code> <button type="button" onClick={() => void navigator.clipboard.writeText(text)}>Copy</button></p>
    </Dialog>
  );
}
