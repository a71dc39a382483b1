import type { License, ListQuery } from "@licensing/client";
import { filtersIn, go, goOn, hrefOf, usePlace } from "./address.ts";
import { Empty, More, saveCsv, Shown, Status, statuses, Table, TextField } from "./parts.tsx";
import { isHolder, useLoaded, useService } from "./service.ts";
import { endless, instantIn, instantOf, Time } from "./time.tsx";

const filters = ["status", "policy", "holderId", "holderType", "expiresBefore", "expiresAfter", "search", "full", "sort", "cursor"] as const;
const pageMax = 50;
type Filters = Readonly<Partial<Record<(typeof filters)[number], string>>>;

/** The filters that other screens' links set and no field shows, in words. */
const linked = [
  ["holderType", (type: string) => `holder is of type ${type}`],
  ["expiresAfter", (at: string) => `expires from ${shownInstant(at)}`],
  ["expiresBefore", (at: string) => `expires before ${shownInstant(at)}`],
] as const;

/** The words for an instant of the address, in the reader's zone. A text that is no instant is shown as it was typed. */
function shownInstant(at: string): string {
  return instantIn(at) === undefined ? at : instantOf(at);
}

/** The list of licenses. Its filters, its order and its page are in the address. */
export function Licenses() {
  const { api, me } = useService();
  const isOwn = isHolder(me);
  const { query } = usePlace();
  const asked: Filters = filtersIn(query, filters);
  const key = JSON.stringify(asked);
  const page = useLoaded(key, () => api.licenses.list({ limit: pageMax, ...asked } as ListQuery<"licensesList">).firstPage());
  const filter = (name: keyof Filters, value: string) => go(hrefOf(["licenses"], { ...asked, cursor: undefined, [name]: value === "" ? undefined : value }));
  const isFiltered = Object.keys(asked).some((name) => name !== "sort" && name !== "cursor");
  return (
    <>
      <h1>{isOwn ? "My licenses" : "Licenses"}</h1>
      <form class="filters panel" onSubmit={(event) => event.preventDefault()}>
        <label>Status <select value={asked.status ?? ""} onChange={(event) => filter("status", event.currentTarget.value)}>
          <option value="">any</option>
          {statuses.map((status) => <option key={status} value={status}>{status.toLowerCase()}</option>)}
        </select></label>
        <label>Order <select value={asked.sort ?? "-createdAt"} onChange={(event) => filter("sort", event.currentTarget.value)}>
          <option value="-createdAt">newest first</option><option value="createdAt">oldest first</option>
          <option value="expiresAt">expiring first</option><option value="-expiresAt">expiring last</option>
        </select></label>
        <label>Policy <TextField value={asked.policy ?? ""} onText={(text) => filter("policy", text)} /></label>
        <label>Holder <TextField value={asked.holderId ?? ""} onText={(text) => filter("holderId", text)} /></label>
        <label>Contains <TextField value={asked.search ?? ""} onText={(text) => filter("search", text)} /></label>
        <label class="check"><input type="checkbox" checked={asked.full === "true"} onChange={(event) => filter("full", event.currentTarget.checked ? "true" : "")} /> without a free seat</label>
        {linked.map(([name, wordsOf]) => (asked[name] === undefined ? null : <a key={name} title="Drop this filter" href={hrefOf(["licenses"], { ...asked, cursor: undefined, [name]: undefined })}>{wordsOf(asked[name])} ×</a>))}
        {isFiltered ? <a href={hrefOf(["licenses"])}>Show all</a> : null}
        <button type="button" onClick={() => void saveCsv("licenses.csv", api.http.GET("/v1/api/licensing/licenses", { params: { query: { limit: pageMax, ...asked, format: "csv" } as never }, parseAs: "text" }))}>CSV of this page</button>
      </form>
      <Shown of={page}>
        {({ data, pagination }) => data.length === 0
          ? <Empty>{isFiltered ? <>No license fits these filters. <a href={hrefOf(["licenses"])}>Show all</a></> : isOwn ? "No license is yours yet. One that your vendor gives you appears here." : "There is no license yet. POST /licenses issues the first."}</Empty>
          : (
            <>
              <LicenseTable licenses={data} />
              <More cursor={pagination.nextCursor} href={(cursor) => hrefOf(["licenses"], { ...asked, cursor })} />
            </>
          )}
      </Shown>
    </>
  );
}

/** Rows of licenses. `j` and `k` move, Enter opens. */
export function LicenseTable({ licenses, because }: { readonly licenses: readonly License[]; readonly because?: (license: License) => string }) {
  const rows = licenses.map((license) => ({
    key: license.id,
    cells: [
      <><a class="open" href={hrefOf(["licenses", license.id])}>{license.name ?? license.holder.id}</a>{license.name === null ? null : <small>{license.holder.id}</small>}</>,
      <Status of={license.status} />,
      license.policy,
      `${license.seatsUsed} of ${license.activationLimit ?? "any"}`,
      <Time at={license.expiresAt} absent={endless(license)} />,
      <code>{license.keyHint}</code>,
      ...(because === undefined ? [] : [because(license)]),
    ],
  }));
  return <Table heads={["Holder", "Status", "Policy", "Seats", "Expires", "Key", ...(because === undefined ? [] : ["Found by"])]} rows={rows} />;
}

/** The most hits that the service answers. */
const foundMax = 20;
type Hit = { readonly license: License; readonly matchedBy: string };

/** The fewest letters and digits of a key. A text of that length that finds nothing may be a mistyped key. */
const secretLength = 20;

/** Whether a text may stand in the address, from which a reload reads it: not a key, and not a text that may be a mistyped one. */
function mayStay(text: string, hits: readonly Hit[]): boolean {
  return hits.every(({ matchedBy }) => matchedBy !== "key") && (hits.length > 0 || text.replaceAll(/[^\p{L}\p{N}]/gu, "").length < secretLength);
}

/** Looks for a text, and opens the only hit. The text comes from the address or, until a search has put it there, from the field. */
export function Found({ typed }: { readonly typed: string | undefined }) {
  const { api } = useService();
  const { query } = usePlace();
  const text = query.get("text") ?? typed ?? "";
  const found = useLoaded(text, async (signal): Promise<readonly Hit[]> => {
    if (text === "") return [];
    const { data } = await api.licenses.find({ text }, { signal });
    const [hit] = data;
    if (data.length === 1 && hit !== undefined) goOn(hrefOf(["licenses", hit.license.id]));
    else if (mayStay(text, data)) goOn(hrefOf(["found"], { text }));
    return data;
  });
  return (
    <>
      <h1>{found.state === "here" && found.value.length === 0 && text !== "" ? "Nothing found" : "Found"}</h1>
      <Shown of={found}>{(hits) => hits.length === 0
        ? <Empty>{text === "" ? "Type what a customer sent into the field above. A key isn't kept in the address, so a reload forgets it." : <>{mayStay(text, []) ? <>Nothing fits “<bdi>{text}</bdi>”. </> : "Nothing fits. A key with one wrong or missing letter isn't found: try its last five. "}A whole key with its prefix, an id, the last five of a key, a whole fingerprint, or part of a name or a holder is found.</>}</Empty>
        : (
          <>
            <LicenseTable licenses={hits.map(({ license }) => license)} because={({ id }) => words[hits.find(({ license }) => license.id === id)?.matchedBy ?? ""] ?? ""} />
            {hits.length < foundMax ? null : <p>These are the best {foundMax}; there may be more. {mayStay(text, hits) ? <a href={hrefOf(["licenses"], { search: text })}>List all that contain this text</a> : null}</p>}
          </>
        )}
      </Shown>
    </>
  );
}

const words: Readonly<Record<string, string>> = { key: "its key", id: "its id", keyHint: "its key's last five", fingerprint: "a machine", holder: "its holder", name: "its name", metadata: "a text of yours" };
