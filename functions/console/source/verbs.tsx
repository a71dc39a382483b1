import { useState } from "preact/hooks";
import type { Body, License } from "@licensing/client";
import type { Call } from "./command.tsx";
import { counted } from "./count.ts";
import { Allowed, Dialog, Field, Reason, say, Secret, type Basis } from "./parts.tsx";
import { termsTextOf, useLoaded, useService, type Permission } from "./service.ts";
import { dayOf, durationWords, endless, fieldMax, fieldOf, instantIn } from "./time.tsx";

type Verb = "renew" | "update" | "suspend" | "reinstate" | "rotateKey" | "revoke" | "transfer";
type Changed = { readonly license: License; readonly certificate: Published; readonly key?: string | null; readonly filesUntil?: string | null };
type Published = { readonly state: string; readonly reason?: string; readonly visibleBy?: string };

const permissions: Readonly<Record<Verb, Permission>> = {
  renew: "license:renew", update: "license:update", suspend: "license:suspend", reinstate: "license:reinstate", rotateKey: "license:update", revoke: "license:revoke", transfer: "license:update",
};
const names: Readonly<Record<Verb, string>> = { renew: "Extend", update: "Change", suspend: "Suspend", reinstate: "Reinstate", rotateKey: "New key", revoke: "Revoke", transfer: "Hand over" };

type OfLicense = { readonly license: License; readonly changed: () => void };

/** The verbs that this license's status allows, each with a dialog that says what it will change. */
export function Verbs({ license, changed }: OfLicense) {
  const [verb, setVerb] = useState<Verb>();
  const [key, setKey] = useState<string>();
  // Before its first machine a license has no period that could be extended.
  const offered: readonly Verb[] = license.status === "REVOKED" ? [] : [...(license.startsAt === null ? [] : ["renew" as const]), "update", license.status === "SUSPENDED" ? "reinstate" : "suspend", "transfer", "rotateKey", "revoke"];
  return (
    <div class="buttons">
      {offered.map((each) => (
        <Allowed key={each} permission={permissions[each]} kind={each === "revoke" ? "danger" : ""} onClick={() => setVerb(each)}>{names[each]}</Allowed>
      ))}
      {verb === undefined ? null : <VerbDialog key={verb} verb={verb} license={license} changed={changed} done={(told) => { setKey(told.key ?? undefined); changed(); }} close={() => setVerb(undefined)} />}
      {key === undefined ? null : <Secret title="The new key" text={key} onClose={() => setKey(undefined)} />}
    </div>
  );
}

/** `name`, `limit` and `end` are undefined until somebody types there, so that no field that nobody touched is changed. */
type Inputs = { readonly reason: string; readonly periods: string; readonly overlap: string; readonly holder: string; readonly holderType: string; readonly hint: string; readonly name?: string; readonly limit?: string; readonly end?: string };
type VerbProps = OfLicense & { readonly verb: Verb; readonly done: (told: Changed) => void; readonly close: () => void };

/** These changes depend on the state that the dialog shows: two people who extend a license at once mean one extension. */
const based: readonly Verb[] = ["renew", "update", "transfer"];

function VerbDialog({ verb, license, changed, done, close }: VerbProps) {
  const { api } = useService();
  const newest = async () => {
    const now = await api.licenses.read(license.id);
    if (termsTextOf(now) === termsTextOf(license)) return now.sequence;
    changed();
    return undefined;
  };
  const basis: { readonly basis?: Basis } = based.includes(verb) ? { basis: { sequence: license.sequence, newest } } : {};
  const [given, setGiven] = useState<Inputs>({ reason: "", periods: "1", overlap: "86400", holder: "", holderType: license.holder.type, hint: "" });
  const set = (name: keyof Inputs) => (event: { readonly currentTarget: { readonly value: string } }) => setGiven({ ...given, [name]: event.currentTarget.value });
  return (
    <Dialog title={`${names[verb]}: ${license.name ?? license.holder.id}`} doing={names[verb]} isReady={isReady(verb, given, license)} call={callOf(verb, given, license)} {...basis} onClose={close} onDone={(told) => {
      say(`${names[verb]}: done for ${license.name ?? license.holder.id}. ${certificateWords(told)}`);
      done(told);
    }}>
      <p>{consequence(verb, license)}{verb === "renew" ? <Period license={license} /> : null}</p>
      {verb === "renew" ? <Field label="Periods"><input type="number" min="1" max="120" value={given.periods} onInput={set("periods")} /></Field> : null}
      {verb === "update" ? (
        <>
          <Field label="Name"><input value={given.name ?? license.name ?? ""} maxLength={255} onInput={set("name")} /></Field>
          <Field label="Machines (empty: any number)"><input inputMode="numeric" value={given.limit ?? license.activationLimit ?? ""} onInput={set("limit")} /></Field>
          <Field label={`Expires (empty: ${endless(license)})`}><input type="datetime-local" max={fieldMax} value={given.end ?? endOf(license)} onInput={set("end")} /></Field>
        </>
      ) : null}
      {verb === "rotateKey" ? (
        <Field label="The old key stops"><select value={given.overlap} onChange={set("overlap")}><option value="0">at once</option><option value="3600">after an hour</option><option value="86400">after a day</option></select></Field>
      ) : null}
      {verb === "transfer" ? (
        <>
          <Field label="To"><select value={given.holderType} onChange={set("holderType")}><option value="user">a user</option><option value="organization">an organization</option>{["user", "organization"].includes(license.holder.type) ? null : <option>{license.holder.type}</option>}</select></Field>
          <Field label="The new holder's id"><input value={given.holder} placeholder="such as ada@example.com" onInput={set("holder")} /></Field>
        </>
      ) : null}
      {verb === "revoke" ? <Field label={`Type the last five of the key (${license.keyHint})`}><input value={given.hint} onInput={set("hint")} autocomplete="off" /></Field> : null}
      {verb === "rotateKey" ? null : <Reason isNeeded={verb === "suspend"} value={given.reason} onInput={set("reason")} />}
    </Dialog>
  );
}

const bases: Readonly<Record<string, string>> = { "from-expiry": "from its expiry", "from-now": "from now", "from-now-if-expired": "from its expiry, or from now if that has passed" };

/** The length of a renewal's period and the instant from which it counts, by the policy. */
function Period({ license }: { readonly license: License }) {
  const { api, me } = useService();
  const policy = useLoaded(license.policyId, async (signal) => (me.permissions["policy:read"] === undefined ? undefined : api.policies.read(license.policyId, { signal })));
  if (policy.state !== "here" || policy.value === undefined || policy.value.duration === null) return null;
  return <> A period is {durationWords(policy.value.duration)}, counted {bases[policy.value.renewalBasis]}.</>;
}

function endOf({ expiresAt }: License): string {
  return expiresAt === null ? "" : fieldOf(expiresAt);
}

/** The members of a change: those whose field shows another value than the license has. */
function changeOf({ name, limit, end }: Inputs, license: License): Pick<Body<"licensesUpdate">, "name" | "activationLimit" | "expiresAt"> {
  const [named, machines] = [name?.trim(), limit?.trim()];
  return {
    ...(named === undefined || named === (license.name ?? "") ? {} : { name: named === "" ? null : named }),
    ...(machines === undefined || machines === String(license.activationLimit ?? "") ? {} : { activationLimit: machines === "" ? null : Number(machines) }),
    ...(end === undefined || end === endOf(license) ? {} : { expiresAt: end === "" ? null : instantIn(end) ?? end }),
  };
}

function isReady(verb: Verb, given: Inputs, license: License): boolean {
  const { holder, reason, hint, periods, limit = "", end = "" } = given;
  switch (verb) {
    case "update": return /^[0-9]{0,9}$/.test(limit.trim()) && (end === "" || instantIn(end) !== undefined) && Object.keys(changeOf(given, license)).length > 0;
    case "revoke": return `…${hint.trim().toUpperCase().replace(/^…/, "")}` === license.keyHint;
    case "transfer": return holder.trim() !== "";
    case "suspend": return reason.trim() !== "";
    case "renew": return /^[1-9][0-9]{0,2}$/.test(periods);
    case "reinstate":
    case "rotateKey": return true;
  }
}

function callOf(verb: Verb, given: Inputs, license: License): Call<Changed> {
  const { id } = license;
  const reason = given.reason.trim() === "" ? {} : { reason: given.reason.trim() };
  switch (verb) {
    case "renew": return (api, options) => api.licenses.renew(id, { ...reason, periods: Number(given.periods) }, options);
    case "update": return (api, options) => api.licenses.update(id, { ...reason, ...changeOf(given, license) }, options);
    case "suspend": return (api, options) => api.licenses.suspend(id, reason, options);
    case "reinstate": return (api, options) => api.licenses.reinstate(id, reason, options);
    case "revoke": return (api, options) => api.licenses.revoke(id, reason, options);
    case "rotateKey": return (api, options) => api.licenses.rotateKey(id, { overlapSeconds: Number(given.overlap) }, options);
    case "transfer": return (api, options) => api.licenses.transfer(id, { ...reason, holder: { type: given.holderType, id: given.holder.trim() } }, options);
  }
}

/** The change in words, before it is made. */
function consequence(verb: Verb, { expiresAt, holder, seatsUsed, status }: License): string {
  const machines = seatsUsed === 0 ? "every machine" : `its ${counted(seatsUsed, "machine")}`;
  switch (verb) {
    case "renew": return expiresAt === null ? "It has no expiry; only its maintenance moves, if it has one." : `It expires on ${dayOf(expiresAt)} now.`;
    case "update": return "What you set here stays on this license when it is extended and when its policy is changed. To give it other features or another policy, use the command line.";
    case "suspend": return `Software that checks it refuses it within seconds, also on ${machines}. Reinstating takes this back.`;
    case "reinstate": return `It works again for ${machines}${expiresAt === null ? "" : `, until ${dayOf(expiresAt)}`}.`;
    case "rotateKey": return "A new key is shown once. Everything else stays.";
    case "transfer": return `${holder.id} loses it to a new holder. It gets a new key and frees ${seatsUsed === 0 ? "every seat" : `its ${counted(seatsUsed, "seat")}`}. The new holder sees nothing from before.`;
    case "revoke": return `Revoking ends this ${status.toLowerCase()} license for ever, also on ${machines}. A revocation can't be undone.`;
  }
}

function certificateWords({ certificate: { state, reason, visibleBy }, filesUntil }: Changed): string {
  const files = filesUntil === null || filesUntil === undefined ? "" : ` A license file that was given out works until ${dayOf(filesUntil)}.`;
  if (state === "published") return `${visibleBy === undefined ? "Its certificate is published." : `Software that checks it sees this by ${new Date(visibleBy).toLocaleTimeString()}.`}${files}`;
  return `Its certificate is ${state}${reason === undefined ? "" : ` (${reason})`}; the service goes on trying.${files}`;
}
