import { useState } from "preact/hooks";
import { LicensingError, type License, type LicenseEvent, type Problem, type Validation } from "@licensing/client";
import { hrefOf } from "./address.ts";
import { Changes } from "./changes.tsx";
import { Machines } from "./machines.tsx";
import { Field, Shown, Status, TextField } from "./parts.tsx";
import { isHolder, useLoaded, useMay, useService, versionOf } from "./service.ts";
import { Day, dayOf, endless, Time } from "./time.tsx";
import { Verbs } from "./verbs.tsx";

/** Everything about one license: its state with the reason, its machines, its terms and its events. */
export function LicensePage({ id }: { readonly id: string }) {
  const { api, me } = useService();
  const may = useMay();
  const isOwn = isHolder(me);
  const license = useLoaded(id, (signal) => api.licenses.read(id, { signal }));
  return (
    <Shown of={license}>
      {(value, again) => (
        <article key={value.id}>
          <h1><bdi>{value.name ?? value.holder.id}</bdi> <Status of={value.status} /></h1>
          <p class="quiet">{value.holder.type} <strong>{value.holder.id}</strong>{isOwn ? null : <> (<a href={hrefOf(["licenses"], { holderType: value.holder.type, holderId: value.holder.id })}>all its licenses</a>)</>}, policy <strong>{value.policy}</strong>, key <code>{value.keyHint}</code>, id <code>{value.id}</code></p>
          <Cause license={value} />
          {isOwn ? null : <Verbs license={value} changed={again} />}
          <div class="columns">
            <div>
              {isOwn || !may("license:validate") ? null : <Why license={value} />}
              <Machines license={value} changed={again} />
            </div>
            <div class="side">
              <Usage license={value} />
              <Terms license={value} />
              <Certificate license={value} />
            </div>
            <div><Timeline license={value} /></div>
          </div>
        </article>
      )}
    </Shown>
  );
}

/** The reason for its status in words: the event that led to it, with its author and reason, or its dates. */
function Cause({ license }: { readonly license: License }) {
  const { api } = useService();
  const type = ({ SUSPENDED: "suspended", REVOKED: "revoked" } as const)[license.status as string];
  const events = useLoaded(`${versionOf(license)} ${type}`, async () => (type === undefined ? undefined : api.events.listOfLicense(license.id, { type, sort: "-sequence", limit: 1 }).firstPage()));
  if (type === undefined) return <p>{statusWords(license)}</p>;
  return (
    <Shown of={events}>
      {(page) => {
        const event = page?.data[0];
        return <p>{event === undefined ? statusWords(license) : <>It was {type} <Time at={event.createdAt} /> by {event.actor.type} <strong>{event.actor.id}</strong>{event.reason === undefined ? "." : <>: “<bdi>{event.reason}</bdi>”</>}</>}</p>;
      }}
    </Shown>
  );
}

/** The fingerprint of no machine: a dry run with it answers for any machine without a seat. */
const newMachine = "console:a-machine-without-a-seat";

/** The results of dry-run validations, check by check: of the license alone and of a new machine, or of one machine. They take no seat. */
function Why({ license }: { readonly license: License }) {
  const { api } = useService();
  const [fingerprint, setFingerprint] = useState("");
  const ask = (machine: string, signal: AbortSignal) => api.licenses.validate({ licenseId: license.id, ...(machine === "" ? {} : { fingerprint: machine }) }, { signal, query: { dryRun: true } });
  const answer = useLoaded(`${versionOf(license)} ${fingerprint}`, (signal) => ask(fingerprint, signal));
  const another = useLoaded(`${versionOf(license)} ${fingerprint === ""}`, async (signal) => (fingerprint === "" ? ask(newMachine, signal) : undefined));
  return (
    <section aria-labelledby="why">
      <h2 id="why">Would it be let in?</h2>
      <Shown of={answer}>{(value) => <><Verdict subject={fingerprint === "" ? "The license" : "This machine"} of={value} /><Checks of={value} words={fingerprint === "" ? passed : { ...passed, ...passedByMachine }} /></>}</Shown>
      <Shown of={another}>{(value) => (value === undefined ? null : <Verdict subject="A machine without a seat" of={value} />)}</Shown>
      <Field label="Try a machine (takes no seat)"><TextField value={fingerprint} placeholder="its fingerprint, 8 to 256 characters" onText={setFingerprint} /></Field>
    </section>
  );
}

/** The words for each check that passes. The console asks for no build, feature or use, so the checks of these always pass and aren't shown. */
const passed: Readonly<Record<string, string>> = { NOT_FOUND: "It exists", REVOKED: "Not revoked", SUSPENDED: "Not suspended", NOT_STARTED: "Has started", EXPIRED: "Not expired" };
const passedByMachine: Readonly<Record<string, string>> = { NOT_ACTIVATED: "No activation is missing", TRIAL_ALREADY_USED: "No trial was used before", ACTIVATION_LIMIT_REACHED: "It has a seat, or one is free" };

function Verdict({ subject, of: { valid, code, detail } }: { readonly subject: string; readonly of: Validation }) {
  return <p>{subject}: <strong class={valid ? "good" : "bad"}>{valid ? "Yes" : "No"}</strong>: {detail} <code>{code}</code></p>;
}

/** The failed checks, and the passed ones that have words. */
function Checks({ of: { checks }, words }: { readonly of: Validation; readonly words: Readonly<Record<string, string>> }) {
  const shown = checks.filter(({ code, ok }) => !ok || words[code] !== undefined).toSorted((one, other) => Number(one.ok) - Number(other.ok));
  return (
    <ol class="checks">
      {shown.map(({ code, ok, detail }) => <li key={code} class={ok ? "good" : "bad"} title={code}><span aria-hidden="true">{ok ? "✓" : "✗"}</span> {ok ? words[code] : <>{detail} <small>{code}</small></>}</li>)}
    </ol>
  );
}

function statusWords({ status, startsAt, expiresAt, graceUntil }: License): string {
  if (status === "EXPIRED" && expiresAt !== null) return `It expired on ${dayOf(expiresAt)}${graceUntil !== null && Date.parse(graceUntil) > Date.now() ? `, and works in grace until ${dayOf(graceUntil)}` : ""}.`;
  if (status !== "ACTIVATED") return `It is ${status.toLowerCase()}.`;
  if (startsAt === null) return "It starts with its first machine.";
  return expiresAt === null ? "It works, without an end." : `It works until ${dayOf(expiresAt)}.`;
}

/** The use of each meter in its period. */
function Usage({ license }: { readonly license: License }) {
  const { api } = useService();
  const usage = useLoaded(versionOf(license), (signal) => api.usage.listOfLicense(license.id, { signal }));
  return (
    <Shown of={usage}>
      {({ data }) => data.length === 0 ? null : (
        <section aria-labelledby="usage">
          <h2 id="usage">Usage</h2>
          <dl>{data.map(({ meter, used, limit, remaining, periodEndsAt }) => [
            <dt key={meter}>{meter}</dt>,
            <dd key={`${meter} used`}>
              {limit === null ? null : <meter min={0} max={used + (remaining ?? 0)} value={used} aria-label={meter} />} {used} of {limit ?? "any number"}{periodEndsAt === null ? ", for the license's life" : <>, counted anew <Time at={periodEndsAt} /></>}
            </dd>,
          ])}</dl>
        </section>
      )}
    </Shown>
  );
}

function Terms({ license }: { readonly license: License }) {
  const { features, overrides } = license;
  const own = overrides?.features ?? {};
  return (
    <section aria-labelledby="terms">
      <h2 id="terms">Terms</h2>
      <dl>
        <dt>Starts</dt><dd><Time at={license.startsAt} absent="with its first machine" /></dd>
        <dt>Expires</dt><dd><Day at={license.expiresAt} absent={endless(license)} /></dd>
        {license.graceUntil === null || license.graceUntil === license.expiresAt ? null : <><dt>Works in grace</dt><dd>until <Day at={license.graceUntil} /></dd></>}
        {license.maintenanceUntil === null ? null : <><dt>New builds</dt><dd>those released until <Day at={license.maintenanceUntil} /></dd></>}
        <dt>Machines</dt><dd>{license.activationLimit ?? "any number"}{overrides?.activationLimit === undefined ? null : <em> set on this license</em>}</dd>
        <dt>Last validated</dt><dd><Time at={license.lastValidatedAt} /></dd>
        {Object.entries(features).map(([code, value]) => [<dt key={code}>{code}</dt>, <dd key={`${code} value`}>{value === true ? "yes" : String(value)}{Object.hasOwn(own, code) ? <em> set on this license</em> : null}</dd>])}
        {Object.entries(license.metadata).map(([name, value]) => [<dt key={`m ${name}`}>{name}</dt>, <dd key={`m ${name} value`}>{typeof value === "string" ? value : JSON.stringify(value)}</dd>])}
      </dl>
    </section>
  );
}

type Claims = { readonly kid: string; readonly until: string; readonly sequence: number };

/** The certificate that consumers read: the key that signed it, its end, and whether it shows the license's current state. */
function Certificate({ license }: { readonly license: License }) {
  const { api, me } = useService();
  const certificate = useLoaded(versionOf(license), async (signal): Promise<Claims | undefined> => {
    if (me.permissions["certificate:read"] === undefined) return undefined;
    const { data, error } = await api.http.GET("/v1/api/licensing/licenses/{licenseId}/certificate", { params: { path: { licenseId: license.id } }, headers: { accept: "application/x-license-file" }, parseAs: "text", signal });
    if (error !== undefined) throw unread(error as Problem);
    return claimsOf(String(data));
  });
  return (
    <Shown of={certificate}>
      {(claims) => claims === undefined ? null : (
        <section aria-labelledby="certificate">
          <h2 id="certificate">Certificate</h2>
          <dl>
            <dt>State</dt><dd>{claims.sequence >= license.sequence ? "shows the license as it is" : "is older than the license; the service publishes it again"}</dd>
            <dt>Signed by</dt><dd><code>{claims.kid}</code></dd>
            <dt>Until</dt><dd><Time at={claims.until} /></dd>
          </dl>
        </section>
      )}
    </Shown>
  );
}

/** The error of a certificate that wasn't answered. A gateway's answer has no detail. */
function unread(problem: Problem): LicensingError {
  const { code, detail = "Its certificate can't be read." } = problem as Pick<Problem, "code"> & Partial<Problem>;
  return new LicensingError({ code, message: detail, problem });
}

/** Reads a license file for people: nothing is decided by it, so its signature isn't checked. */
function claimsOf(file: string): Claims {
  const [, body = ""] = /-----BEGIN LICENSE-----([^-]+)-----END/.exec(file) ?? [];
  const [header = "", payload = ""] = atob(body.replaceAll(/\s+/g, "")).split(".");
  const json = (part: string) => JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (symbol) => symbol.charCodeAt(0)))) as { readonly kid: string; readonly exp: number; readonly license: { readonly sequence: number }; readonly sequence?: number };
  const { exp, license, sequence } = json(payload);
  return { kid: json(header).kid, until: new Date(exp * 1000).toISOString(), sequence: sequence ?? license.sequence };
}

function Timeline({ license }: { readonly license: License }) {
  const { api } = useService();
  const events = useLoaded(versionOf(license), () => api.events.listOfLicense(license.id, { limit: 50, sort: "-sequence" }).firstPage());
  return (
    <section aria-labelledby="events">
      <h2 id="events">What happened</h2>
      <Shown of={events}>
        {({ data, pagination }) => (
          <>
            <ol class="timeline">{data.map((event) => <EventLine key={event.id} event={event} />)}</ol>
            {pagination.hasMore ? <p><a href={hrefOf(["activity"], { license: license.id })}>Older changes</a></p> : null}
          </>
        )}
      </Shown>
    </section>
  );
}

/** One event: its type, author, instant and reason, and each changed field with its old and new value. Among events of any license it names its license. */
export function EventLine({ event, isOfAny = false }: { readonly event: LicenseEvent; readonly isOfAny?: boolean }) {
  return (
    <li class={event.type}>
      <strong>{event.type}</strong> by {event.actor.type} <bdi>{event.actor.id}</bdi>, <Time at={event.createdAt} />{isOfAny ? <>, of <a href={hrefOf(["licenses", event.licenseId])}>{event.licenseId}</a></> : null}{event.reason === undefined || event.reason === null ? null : <>: “<bdi>{event.reason}</bdi>”</>}
      <Changes of={event.changes} isNew={event.type === "created" || event.type === "activated"} />
      <small>request {event.requestId}</small>
    </li>
  );
}
