import { useEffect, useState } from "preact/hooks";
import type { ApplyReport, Client, Policy } from "@licensing/client";
import { goOn, hrefOf, pageIn, usePlace } from "./address.ts";
import { Changes } from "./changes.tsx";
import { Commands } from "./command.tsx";
import { counted } from "./count.ts";
import { Allowed, Dialog, Empty, Fault, Field, More, hush, say, Shown, Table } from "./parts.tsx";
import { useLoaded, useService } from "./service.ts";
import { durationWords, Time } from "./time.tsx";

/** The policies, newest first. */
export function Policies() {
  const { api } = useService();
  const { query } = usePlace();
  const at = pageIn(query);
  const page = useLoaded(`policies ${at.cursor}`, () => api.policies.list({ limit: 50, ...at }).firstPage());
  return (
    <>
      <h1>Policies</h1>
      <Shown of={page}>
        {({ data, pagination }) => data.length === 0 ? <Empty first={at.cursor === undefined ? undefined : hrefOf(["policies"])}>There is no policy yet. POST /policies makes the first.</Empty> : (
          <>
            <Table heads={["Policy", "Lasts", "Machines", "Features", "Licenses"]} rows={data.map((policy) => ({
              key: policy.id,
              cells: [
                <><a class="open" href={hrefOf(["policies", policy.id])}>{policy.name}</a><small>{policy.code}{policy.retiredAt === null ? "" : ", retired"}</small></>,
                durationWords(policy.duration),
                policy.activationLimit ?? "any number",
                Object.keys(policy.features).join(", "),
                `${policy.licenses}${policy.licensesMore === true ? " or more" : ""}`,
              ],
            }))} />
            <More cursor={pagination.nextCursor} href={(next) => hrefOf(["policies"], { cursor: next })} />
          </>
        )}
      </Shown>
    </>
  );
}

/** A policy's terms, and their application to the licenses that have older ones. */
export function PolicyPage({ id }: { readonly id: string }) {
  const { api } = useService();
  const policy = useLoaded(id, (signal) => api.policies.read(id, { signal }));
  const [isChanging, setChanging] = useState(false);
  return (
    <Shown of={policy}>
      {(value, again) => (
        <article>
          <h1>{value.name} <small>{value.code}{value.retiredAt === null ? "" : ", retired"}</small></h1>
          <p>{value.description}</p>
          <div class="buttons">
            <Allowed permission="policy:write" onClick={() => setChanging(true)}>Change the limit</Allowed>
            <a href={hrefOf(["licenses"], { policy: value.code })}>Its licenses</a>
          </div>
          <PolicyTerms policy={value} />
          <Application key={value.updatedAt} policy={value} />
          {isChanging ? <ChangeLimit policy={value} close={() => setChanging(false)} changed={again} /> : null}
        </article>
      )}
    </Shown>
  );
}

function PolicyTerms({ policy }: { readonly policy: Policy }) {
  const meters = Object.entries(policy.meters);
  return (
    <section aria-labelledby="terms">
      <h2 id="terms">Terms</h2>
      <dl>
        <dt>Lasts</dt><dd>{durationWords(policy.duration)}</dd>
        <dt>Grace</dt><dd>{durationWords(policy.grace, "none")}</dd>
        <dt>Machines</dt><dd>{policy.activationLimit ?? "any number"}</dd>
        <dt>A seat lasts</dt><dd>{durationWords(policy.lease, "until it is freed")}</dd>
        <dt>License files last</dt><dd>{durationWords(policy.fileLifetime, "no files are given out")}</dd>
        <dt>Holders may free</dt><dd>{policy.releases === null ? "any number" : `${counted(policy.releases.limit, "seat")} in ${durationWords(policy.releases.period)}`}</dd>
        {Object.entries(policy.features).map(([code, value]) => [<dt key={code}>{code}</dt>, <dd key={`${code} value`}>{value === true ? "yes" : String(value)}</dd>])}
        {meters.map(([code, { limit, period }]) => [<dt key={`m ${code}`}>{code}</dt>, <dd key={`m ${code} value`}>{limit ?? "any number"} {period === null ? "for its life" : `in ${durationWords(period)}`}</dd>])}
        <dt>Changed</dt><dd><Time at={policy.updatedAt} /></dd>
      </dl>
    </section>
  );
}

function machinesOf(limit: number | null): string {
  return limit === null ? "any number of machines" : counted(limit, "machine");
}

function ChangeLimit({ policy, close, changed }: { readonly policy: Policy; readonly close: () => void; readonly changed: () => void }) {
  const [limit, setLimit] = useState(policy.activationLimit === null ? "" : String(policy.activationLimit));
  const activationLimit = limit.trim() === "" ? null : Number(limit);
  return (
    <Dialog title={`Change the limit of ${policy.name}`} doing="Change" isReady={/^[0-9]{0,9}$/.test(limit.trim()) && activationLimit !== policy.activationLimit} call={(api, options) => api.policies.update(policy.id, { activationLimit }, options)} onClose={close} onDone={() => { say("The policy is changed. Its licenses keep their terms until it is applied."); changed(); }}>
      <p>{activationLimit === policy.activationLimit ? `The policy gives ${machinesOf(activationLimit)} now.` : `Licenses that are issued or renewed from now on get ${machinesOf(activationLimit)} instead of ${policy.activationLimit ?? "any number"}. Existing ones keep theirs until the policy is applied.`}</p>
      <Field label="Machines (empty: any number)"><input inputMode="numeric" value={limit} onInput={(event) => setLimit(event.currentTarget.value)} /></Field>
    </Dialog>
  );
}

type Sum = Pick<ApplyReport, "total" | "matched" | "changed" | "sample" | "failures" | "etaSeconds"> & {
  readonly next: string | null;
  /** Some reports showed only a part of their failures. */
  readonly failuresMore: boolean;
};

const none: Sum = { total: 0, matched: 0, changed: 0, sample: [], failures: [], failuresMore: false, etaSeconds: null, next: null };
const shownMax = 20;

/** The failures of a sum are those that remain: each license once, and none that a later call tries again. */
function added(sum: Sum, report: ApplyReport): Sum {
  const lasting = [...sum.failures, ...report.failures.filter(({ again }) => !again)];
  return {
    total: report.total, etaSeconds: report.etaSeconds, next: report.nextCursor,
    matched: sum.matched + report.matched, changed: sum.changed + report.changed,
    sample: [...sum.sample, ...report.sample].slice(0, shownMax),
    failures: [...new Map(lasting.map((failure) => [failure.licenseId, failure])).values()],
    failuresMore: sum.failuresMore || report.failed > report.failures.length,
  };
}

type Going = { readonly dryRun: boolean; readonly from: string | undefined; readonly start: Sum; readonly told: (sum: Sum) => void; readonly signal: AbortSignal };

/** A call changes as many licenses as its time allows, and the next call continues after them. A stop between two calls loses nothing. */
async function applyAll(api: Client, policy: Policy, { dryRun, from, start, told, signal }: Going): Promise<Sum> {
  let sum = start;
  let cursor = from;
  do {
    const report = await api.policies.apply(policy.id, { dryRun, ...(cursor === undefined ? {} : { cursor }) }, { signal });
    signal.throwIfAborted();
    sum = added(sum, report);
    told(sum);
    cursor = report.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return sum;
}

type Work = { readonly kind: "idle" } | { readonly kind: "previewing" | "preview" | "applying" | "done"; readonly sum: Sum } | { readonly kind: "failed"; readonly error: unknown };

/** The preview of an application, and then its progress. It stops when another screen opens; the address holds its position, so that it can be continued. */
function Application({ policy }: { readonly policy: Policy }) {
  const { api } = useService();
  const { query } = usePlace();
  const [work, setWork] = useState<Work>({ kind: "idle" });
  const [aborter] = useState(() => new AbortController());
  useEffect(() => () => aborter.abort(), []);
  const stopped = query.get("after") ?? undefined;
  const keep = (after: string | null, changed = 0) => goOn(hrefOf(["policies", policy.id], after === null ? {} : { after, changed: String(changed) }));
  const run = (dryRun: boolean, from?: string) => {
    const going = (sum: Sum) => {
      setWork({ kind: dryRun ? "previewing" : "applying", sum });
      if (!dryRun) keep(sum.next, sum.changed);
    };
    const start = from === undefined ? none : { ...none, changed: Number(query.get("changed") ?? 0) };
    hush();
    going({ ...start, next: from ?? null });
    applyAll(api, policy, { dryRun, from, start, told: going, signal: aborter.signal }).then(
      (sum) => setWork({ kind: dryRun ? "preview" : "done", sum }),
      (error: unknown) => setWork({ kind: "failed", error }),
    );
  };
  const isBusy = work.kind === "previewing" || work.kind === "applying";
  return (
    <section aria-labelledby="apply">
      <h2 id="apply">Apply to existing licenses</h2>
      <p>Licenses that were issued before a change keep their older terms. Applying copies these terms to them; what is set on a license itself stays.</p>
      {stopped === undefined || isBusy ? null : <p class="fault">An application stopped on its way, after {counted(Number(query.get("changed") ?? 0), "change")}. <Allowed permission="policy:write" onClick={() => run(false, stopped)}>Go on</Allowed></p>}
      <p><Allowed permission="policy:write" isBusy={isBusy} onClick={() => run(true)}>Preview</Allowed></p>
      {work.kind === "failed" ? <Fault error={work.error} again={() => run(stopped === undefined, stopped)} /> : null}
      {isBusy ? <Progress sum={work.sum} isDry={work.kind === "previewing"} /> : null}
      {work.kind === "preview" ? <Preview sum={work.sum} apply={() => run(false)} policy={policy} /> : null}
      {work.kind === "done" ? <><p role="status" class="good">Changed {counted(work.sum.changed, "license")} to the policy's terms.</p><Failures of={work.sum} verb="could not" /></> : null}
    </section>
  );
}

function Progress({ sum: { matched, total, etaSeconds }, isDry }: { readonly sum: Sum; readonly isDry: boolean }) {
  return <p role="status"><progress max={Math.max(1, total)} value={matched} aria-label="Progress" /> {isDry ? "Looked at" : "Applied to"} {matched} of {total}{etaSeconds === null ? "" : `, ${etaSeconds} seconds left`}</p>;
}

function Preview({ sum, apply, policy }: { readonly sum: Sum; readonly apply: () => void; readonly policy: Policy }) {
  if (sum.changed === 0) return sum.failures.length === 0 ? <Empty>Every license has these terms already.</Empty> : <Failures of={sum} verb="can't" />;
  return (
    <>
      <p role="status"><strong>{sum.changed}</strong> of {sum.matched} licenses would change.{sum.sample.length < sum.changed ? ` These are the first ${sum.sample.length}.` : ""}</p>
      <Table heads={["License", "What would change"]} rows={sum.sample.map(({ licenseId, changes }) => ({
        key: licenseId,
        cells: [<a href={hrefOf(["licenses", licenseId])}>{licenseId}</a>, <Changes of={changes} />],
      }))} />
      <Failures of={sum} verb="can't" />
      <p><Allowed permission="policy:write" kind="main" onClick={apply}>Change {counted(sum.changed, "license")}</Allowed></p>
      <Commands call={(api) => api.policies.apply(policy.id)} />
    </>
  );
}

function Failures({ of: { failures, failuresMore }, verb }: { readonly of: Sum; readonly verb: "can't" | "could not" }) {
  if (failures.length === 0) return null;
  return (
    <section aria-label="Failures">
      <p role="status" class="bad">{failuresMore ? `${failures.length} licenses or more` : counted(failures.length, "license")} {verb} be changed.{failures.length > shownMax ? ` These are the first ${shownMax}.` : ""}</p>
      <Table heads={["License", "Problem"]} rows={failures.slice(0, shownMax).map(({ licenseId, code }) => ({
        key: licenseId,
        cells: [<a href={hrefOf(["licenses", licenseId])}>{licenseId}</a>, <code>{code}</code>],
      }))} />
    </section>
  );
}
