import { useState } from "preact/hooks";
import type { Activation, License, LicenseEvent, Validation } from "@licensing/client";
import { hrefOf } from "./address.ts";
import { Allowed, Dialog, download, Empty, Field, say, Shown, Status, TextField } from "./parts.tsx";
import { sentenceOf, useLoaded, useService } from "./service.ts";
import { dayOf, Time } from "./time.tsx";
import { Verbs } from "./verbs.tsx";

/** Everything about one license: its state with the reason, its machines, its terms and its events. */
export function LicensePage({ id }: { readonly id: string }) {
  const { api } = useService();
  const license = useLoaded(id, (signal) => api.licenses.read(id, { signal }));
  return (
    <Shown of={license}>
      {(value, again) => (
        <article>
          <h1>{value.name ?? value.holder.id} <Status of={value.status} /></h1>
          <p class="quiet">{value.holder.type} <strong>{value.holder.id}</strong>, policy <strong>{value.policy}</strong>, key <code>{value.keyHint}</code>, id <code>{value.id}</code></p>
          <Verbs license={value} changed={again} />
          <Why key={`${value.sequence}`} license={value} />
          <Machines key={`machines-${value.sequence}`} license={value} changed={again} />
          <Usage key={`usage-${value.sequence}`} license={value} />
          <Terms license={value} />
          <Timeline key={`events-${value.sequence}`} license={value} />
        </article>
      )}
    </Shown>
  );
}

/** The result of a dry-run validation, check by check. It takes no seat. */
function Why({ license }: { readonly license: License }) {
  const { api, me } = useService();
  const [fingerprint, setFingerprint] = useState("");
  const asked = fingerprint;
  const answer = useLoaded(`${license.id} ${asked}`, async (signal): Promise<Validation | undefined> =>
    me.permissions["license:read"] === "all"
      ? api.licenses.validate({ licenseId: license.id, ...(asked === "" ? {} : { fingerprint: asked }) }, { signal, query: { dryRun: true } })
      : undefined);
  return (
    <section aria-labelledby="why">
      <h2 id="why">Would it be let in?</h2>
      <Shown of={answer}>{(value) => value === undefined ? <p>{statusWords(license)}</p> : <Checks of={value} />}</Shown>
      <Field label="Try a machine (takes no seat)"><TextField value={asked} placeholder="fingerprint" onText={setFingerprint} /></Field>
    </section>
  );
}

function Checks({ of: { valid, code, detail, checks } }: { readonly of: Validation }) {
  return (
    <>
      <p><strong class={valid ? "good" : "bad"}>{valid ? "Yes" : "No"}</strong>: {detail} <code>{code}</code></p>
      <ol class="checks">
        {checks.map(({ code: each, ok, detail: words }) => <li key={each} class={ok ? "good" : "bad"}><span aria-hidden="true">{ok ? "✓" : "✗"}</span> {words} <small>{each}</small></li>)}
      </ol>
    </>
  );
}

function statusWords({ status, expiresAt }: License): string {
  if (status !== "ACTIVATED") return `It is ${status.toLowerCase()}.`;
  return expiresAt === null ? "It works, without an end." : `It works until ${dayOf(expiresAt)}.`;
}

type OfLicense = { readonly license: License; readonly changed: () => void };

function Machines({ license, changed }: OfLicense) {
  const { api } = useService();
  const seats = useLoaded(license.id, () => api.activations.listOfLicense(license.id, { limit: 100 }).firstPage());
  const [isReleasing, setReleasing] = useState(false);
  return (
    <section aria-labelledby="machines">
      <h2 id="machines">Machines: {license.seatsUsed} of {license.activationLimit ?? "any number"}</h2>
      <Shown of={seats}>
        {({ data, pagination }, again) => {
          const open = data.filter(({ deactivatedAt }) => deactivatedAt === null);
          if (open.length === 0) return <Empty>No machine has a seat.</Empty>;
          return (
            <>
              <table>
                <thead><tr><th scope="col">Machine</th><th scope="col">Last seen</th><th scope="col">Seat until</th><th scope="col"><span class="hidden">Actions</span></th></tr></thead>
                <tbody>{open.map((seat) => <Machine key={seat.id} seat={seat} license={license} changed={() => { again(); changed(); }} />)}</tbody>
              </table>
              {pagination.hasMore ? <p class="quiet">These are the newest hundred.</p> : null}
              <p><Allowed permission="activation:write" onClick={() => setReleasing(true)}>Free all seats</Allowed></p>
            </>
          );
        }}
      </Shown>
      {isReleasing ? (
        <Dialog title="Free all seats" doing="Free all" onClose={() => setReleasing(false)} onDo={async () => {
          const { released } = await api.licenses.releaseSeats(license.id, {});
          say(`${released} seats are free.`);
          changed();
        }}>
          <p>All {license.seatsUsed} machines lose their seats. Each may take one again when it asks.</p>
        </Dialog>
      ) : null}
    </section>
  );
}

function Machine({ seat, license, changed }: OfLicense & { readonly seat: Activation }) {
  const { api } = useService();
  const [doing, setDoing] = useState<"free" | "rename">();
  const [name, setName] = useState(seat.name ?? "");
  const label = seat.name ?? seat.fingerprint;
  const close = () => setDoing(undefined);
  return (
    <tr>
      <td>{label} {seat.name === null ? null : <small>{seat.fingerprint}</small>}</td>
      <td><Time at={seat.lastSeenAt} /></td>
      <td><Time at={seat.leaseUntil} absent="it is freed" /></td>
      <td class="buttons">
        <Allowed permission="activation:write" onClick={() => setDoing("rename")}>Rename</Allowed>
        <Allowed permission="activation:write" onClick={() => setDoing("free")}>Free</Allowed>
        <Allowed permission="certificate:read" onClick={() => void fetchFile(api, license, seat)}>License file</Allowed>
        {doing === "free" ? (
          <Dialog title={`Free the seat of ${label}`} doing="Free" onClose={close} onDo={async () => {
            await api.activations.deactivate(seat.id);
            say(`The seat of ${label} is free. The machine may take one again when it asks.`);
            changed();
          }}>
            <p>The machine is refused when it asks next, unless a seat is free. A license file that it has works until the file's end.</p>
          </Dialog>
        ) : null}
        {doing === "rename" ? (
          <Dialog title={`Rename ${label}`} doing="Rename" onClose={close} onDo={async () => {
            await api.activations.rename(seat.id, { name });
            changed();
          }}>
            <Field label="Name"><input value={name} maxLength={255} onInput={(event) => setName(event.currentTarget.value)} /></Field>
          </Dialog>
        ) : null}
      </td>
    </tr>
  );
}

async function fetchFile(api: ReturnType<typeof useService>["api"], license: License, { fingerprint }: Activation): Promise<void> {
  try {
    const { file, expiresAt } = await api.licenses.file(license.id, { fingerprint });
    download(`license-${license.id}.txt`, file);
    say(`The file is for this machine alone and works until ${dayOf(expiresAt)}.`);
  } catch (error) {
    say(sentenceOf(error));
  }
}

/** The use of each meter in its period. */
function Usage({ license }: { readonly license: License }) {
  const { api } = useService();
  const usage = useLoaded(license.id, (signal) => api.usage.listOfLicense(license.id, { signal }));
  return (
    <Shown of={usage}>
      {({ data }) => data.length === 0 ? null : (
        <section aria-labelledby="usage">
          <h2 id="usage">Usage</h2>
          <dl>{data.map(({ meter, used, limit, remaining, periodEndsAt }) => [
            <dt key={meter}>{meter}</dt>,
            <dd key={`${meter} used`}>
              {limit === null ? null : <meter min={0} max={used + (remaining ?? 0)} value={used} aria-label={meter} />} {used} of {limit ?? "any number"}, until <Time at={periodEndsAt} absent="the license's end" />
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
        <dt>Expires</dt><dd><Time at={license.expiresAt} />{license.graceUntil === null || license.graceUntil === license.expiresAt ? null : <> (grace until <Time at={license.graceUntil} />)</>}</dd>
        <dt>Machines</dt><dd>{license.activationLimit ?? "any number"}{overrides?.activationLimit === undefined ? null : <em> set on this license</em>}</dd>
        <dt>Last validated</dt><dd><Time at={license.lastValidatedAt} /></dd>
        {Object.entries(features).map(([code, value]) => [<dt key={code}>{code}</dt>, <dd key={`${code} value`}>{value === true ? "yes" : String(value)}{Object.hasOwn(own, code) ? <em> set on this license</em> : null}</dd>])}
        {Object.entries(license.metadata).map(([name, value]) => [<dt key={`m ${name}`}>{name}</dt>, <dd key={`m ${name} value`}>{typeof value === "string" ? value : JSON.stringify(value)}</dd>])}
      </dl>
    </section>
  );
}

function Timeline({ license }: { readonly license: License }) {
  const { api } = useService();
  const events = useLoaded(license.id, () => api.events.listOfLicense(license.id, { limit: 50 }).firstPage());
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

/** One event: who, what, why, and each field from → to. */
export function EventLine({ event }: { readonly event: LicenseEvent }) {
  return (
    <li>
      <strong>{event.type}</strong> by {event.actor.type} {event.actor.id}, <Time at={event.createdAt} />{event.reason === undefined || event.reason === null ? null : <>: “{event.reason}”</>}
      <ul>{Object.entries(event.changes).map(([field, [from, to]]) => <li key={field}>{field}: <code>{shown(from)}</code> → <code>{shown(to)}</code></li>)}</ul>
      <small>request {event.requestId}</small>
    </li>
  );
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
}
