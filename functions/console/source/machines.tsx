import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Activation, License, Reply } from "@licensing/client";
import { go, hrefOf, pageIn, usePlace } from "./address.ts";
import { counted } from "./count.ts";
import { Allowed, Dialog, download, Empty, Fault, Field, More, Reason, say, Shown, Table, TextField } from "./parts.tsx";
import { readRequest } from "./request.ts";
import { useLoaded, useService, versionOf } from "./service.ts";
import { dayOf, durationWords, Time } from "./time.tsx";

type Releases = NonNullable<Reply<"activationsListOfLicense">["releases"]>;
type OfLicense = { readonly license: License; readonly changed: () => void };

const pageMax = 100;

/** The machines that hold a seat, with buttons that rename one, free it and make its license file; also files for machines without a network. */
export function Machines({ license, changed }: OfLicense) {
  const { api } = useService();
  const { query } = usePlace();
  const at = pageIn(query, "machines");
  const fingerprint = query.get("machine") ?? undefined;
  const seats = useLoaded(`${versionOf(license)} ${at.cursor} ${fingerprint}`, () => api.activations.listOfLicense(license.id, { limit: pageMax, state: "live", ...at, ...(fingerprint === undefined ? {} : { fingerprint }) }).firstPage());
  const here = (asked: Readonly<Record<string, string | undefined>>) => hrefOf(["licenses", license.id], asked);
  const [isReleasing, setReleasing] = useState(false);
  return (
    <section aria-labelledby="machines">
      <h2 id="machines">Machines: {license.seatsUsed} of {license.activationLimit ?? "any number"}</h2>
      <Shown of={seats}>
        {({ data, pagination, releases }, again) => {
          if (data.length === 0 && fingerprint !== undefined) return <Empty>No machine with the fingerprint “<bdi>{fingerprint}</bdi>” has a seat here. <a href={here({})}>Show all machines</a></Empty>;
          if (data.length === 0) return <Empty first={at.cursor === undefined ? undefined : here({})}>No machine has a seat. One takes it when it first validates, or by a license file.</Empty>;
          return (
            <>
              <Table heads={["Machine", "Last seen", "Seat until", ""]} rows={data.map((seat) => ({ key: seat.id, cells: cellsOf({ seat, license, changed: () => { again(); changed(); } }) }))} />
              {releases === null || releases === undefined ? null : <Left of={releases} />}
              {pagination.hasMore ? <Field label="Only the machine with this fingerprint"><TextField value="" onText={(text) => go(here({ machine: text }))} /></Field> : null}
              <More cursor={pagination.nextCursor} href={(cursor) => here({ machines: cursor })}>Next hundred machines</More>
              {fingerprint === undefined && at.cursor === undefined ? null : <p><a href={here({})}>Show all machines</a></p>}
              <p><Allowed permission="activation:write" onClick={() => setReleasing(true)}>Free all seats</Allowed></p>
            </>
          );
        }}
      </Shown>
      {isReleasing ? <ReleaseAll license={license} close={() => setReleasing(false)} changed={changed} /> : null}
      <FileForMachine license={license} changed={changed} />
    </section>
  );
}

/** How many seats the holder may still free. */
function Left({ of: { used, limit, period, nextAt } }: { readonly of: Releases }) {
  const left = Math.max(0, limit - used);
  return <p class={left === 0 ? "bad" : "quiet"}>You can free {left} more of the {limit} seats that your license allows in {durationWords(period)}.{nextAt === null ? null : <> One more comes back <Time at={nextAt} />.</>}</p>;
}

function ReleaseAll({ license, close, changed }: OfLicense & { readonly close: () => void }) {
  const [reason, setReason] = useState("");
  const body = reason.trim() === "" ? {} : { reason: reason.trim() };
  return (
    <Dialog title="Free all seats" doing="Free all" call={(api, options) => api.licenses.releaseSeats(license.id, body, options)} onClose={close} onDone={({ released }) => { say(`Freed ${counted(released, "seat")}.`); changed(); }}>
      <p>It frees {counted(license.seatsUsed, "seat")}. Each machine may take one again when it asks.</p>
      <Reason value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
    </Dialog>
  );
}

type Doing = { readonly seat: Activation; readonly close: () => void; readonly changed: () => void };

function cellsOf({ seat, license, changed }: OfLicense & { readonly seat: Activation }): readonly ComponentChildren[] {
  return [
    <>{seat.name ?? seat.fingerprint}{seat.name === null ? null : <small>{seat.fingerprint}</small>}</>,
    <Time at={seat.lastSeenAt} />,
    <Time at={seat.leaseUntil} absent="it is freed" />,
    <Actions seat={seat} license={license} changed={changed} />,
  ];
}

function Actions({ seat, license, changed }: OfLicense & { readonly seat: Activation }) {
  const [doing, setDoing] = useState<"free" | "rename" | "file">();
  const close = () => setDoing(undefined);
  return (
    <>
      <Allowed permission="activation:write" onClick={() => setDoing("rename")}>Rename</Allowed>
      <Allowed permission="activation:write" onClick={() => setDoing("free")}>Free</Allowed>
      <Allowed permission="certificate:read" onClick={() => setDoing("file")}>License file</Allowed>
      {doing === "free" ? <Free seat={seat} close={close} changed={changed} /> : null}
      {doing === "rename" ? <Rename seat={seat} close={close} changed={changed} /> : null}
      {doing === "file" ? <FileDialog license={license} fingerprint={seat.fingerprint} label={seat.name ?? seat.fingerprint} close={close} changed={changed} /> : null}
    </>
  );
}

function Free({ seat, close, changed }: Doing) {
  const label = seat.name ?? seat.fingerprint;
  return (
    <Dialog title={`Free the seat of ${label}`} doing="Free" call={(api) => api.activations.deactivate(seat.id)} onClose={close} onDone={() => {
      say(`The seat of ${label} is free. The machine may take one again when it asks.`);
      changed();
    }}>
      <p>Another machine may take the seat now. This one takes a seat again when it asks and one is free, so freeing doesn't keep it out. A license file that it has works until the file's end.</p>
    </Dialog>
  );
}

function Rename({ seat, close, changed }: Doing) {
  const [name, setName] = useState(seat.name ?? "");
  const body = { name: name.trim() === "" ? null : name.trim() };
  return (
    <Dialog title={`Rename ${seat.name ?? seat.fingerprint}`} doing="Rename" call={(api, options) => api.activations.rename(seat.id, body, options)} onClose={close} onDone={() => { say("The machine is renamed."); changed(); }}>
      <p>Only people see the name. The machine keeps its seat.</p>
      <Field label="Name"><input value={name} maxLength={255} onInput={(event) => setName(event.currentTarget.value)} /></Field>
    </Dialog>
  );
}

type ForMachine = OfLicense & { readonly fingerprint: string; readonly label: string; readonly close: () => void };

function FileDialog({ license, fingerprint, label, close, changed }: ForMachine) {
  return (
    <Dialog title={`A license file for ${label}`} doing="Download" call={(api, options) => api.licenses.file(license.id, { fingerprint }, options)} onClose={close} onDone={({ file, expiresAt }) => {
      download(`license-${license.id}.txt`, file);
      say(`The file is for this machine alone and works until ${dayOf(expiresAt)}.`);
      changed();
    }}>
      <p>The file works on the machine <code>{fingerprint}</code> alone, without a network, as long as its policy allows. It takes a seat for the machine, which is held until the file ends.</p>
    </Dialog>
  );
}

/** A file for a machine without a network, from the request that the machine wrote, or from its fingerprint. */
function FileForMachine({ license, changed }: OfLicense) {
  const [text, setText] = useState("");
  const [fingerprint, setFingerprint] = useState<string>();
  const [fault, setFault] = useState<Error>();
  const read = async () => {
    const found = await readRequest(text);
    setFingerprint(found);
    setFault(found === undefined ? new Error("This is neither a machine's request nor a fingerprint. Paste the whole request, with the lines that begin and end it.") : undefined);
  };
  return (
    <details>
      <summary>A license file for a machine without a network</summary>
      <form onSubmit={(event) => { event.preventDefault(); void read(); }}>
        <Field label="The machine's request, or its fingerprint"><textarea rows={5} value={text} onInput={(event) => setText(event.currentTarget.value)} /></Field>
        {fault === undefined ? null : <Fault error={fault} />}
        <p><Allowed permission="certificate:read" isSubmit>Make a file</Allowed></p>
      </form>
      {fingerprint === undefined ? null : <FileDialog license={license} fingerprint={fingerprint} label="this machine" close={() => setFingerprint(undefined)} changed={changed} />}
    </details>
  );
}
