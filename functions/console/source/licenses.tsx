import { useEffect, useState } from "preact/hooks";
import type { License, ListQuery } from "@licensing/client";
import { go, hrefOf, usePlace } from "./address.ts";
import { Empty, Fault, saveCsv, Shown, Status, TextField } from "./parts.tsx";
import { useLoaded, useService } from "./service.ts";
import { Time } from "./time.tsx";

const filters = ["status", "policy", "holderId", "holderType", "expiresBefore", "expiresAfter", "search", "full", "sort", "cursor"] as const;
type Filters = Readonly<Partial<Record<(typeof filters)[number], string>>>;

/** The list of licenses. Its filters, its order and its page are in the address. */
export function Licenses() {
  const { api } = useService();
  const { query } = usePlace();
  const asked = Object.fromEntries(filters.flatMap((name) => (query.get(name) === null ? [] : [[name, query.get(name)]]))) as Filters;
  const key = JSON.stringify(asked);
  const page = useLoaded(key, () => api.licenses.list({ limit: 50, ...asked } as ListQuery<"licensesList">).firstPage());
  const filter = (name: keyof Filters, value: string) => go(hrefOf(["licenses"], { ...asked, cursor: undefined, [name]: value === "" ? undefined : value }));
  const isFiltered = Object.keys(asked).some((name) => name !== "sort" && name !== "cursor");
  return (
    <>
      <h1>Licenses</h1>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>Status <select value={asked.status ?? ""} onChange={(event) => filter("status", event.currentTarget.value)}>
          <option value="">any</option>
          {["ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"].map((status) => <option key={status} value={status}>{status.toLowerCase()}</option>)}
        </select></label>
        <label>Order <select value={asked.sort ?? "-createdAt"} onChange={(event) => filter("sort", event.currentTarget.value)}>
          <option value="-createdAt">newest first</option><option value="createdAt">oldest first</option>
          <option value="expiresAt">expiring first</option><option value="-expiresAt">expiring last</option>
        </select></label>
        <label>Policy <TextField value={asked.policy ?? ""} onText={(text) => filter("policy", text)} /></label>
        <label>Contains <TextField value={asked.search ?? ""} onText={(text) => filter("search", text)} /></label>
        <label><input type="checkbox" checked={asked.full === "true"} onChange={(event) => filter("full", event.currentTarget.checked ? "true" : "")} /> without a free seat</label>
        {isFiltered ? <a href={hrefOf(["licenses"])}>Show all</a> : null}
        <button type="button" onClick={() => void saveCsv("licenses.csv", api.http.GET("/v1/api/licensing/licenses", { params: { query: { limit: 100, ...asked, format: "csv" } as never }, parseAs: "text" }))}>CSV of this page</button>
      </form>
      <Shown of={page}>
        {({ data, pagination }) => data.length === 0
          ? <Empty>{isFiltered ? <>No license fits these filters. <a href={hrefOf(["licenses"])}>Show all</a></> : "There is no license yet. POST /licenses issues the first."}</Empty>
          : (
            <>
              <LicenseTable licenses={data} />
              {pagination.nextCursor === null ? null : <p><a class="next" href={hrefOf(["licenses"], { ...asked, cursor: pagination.nextCursor })}>Next page</a></p>}
            </>
          )}
      </Shown>
    </>
  );
}

/** Rows of licenses. `j` and `k` move, Enter opens. */
export function LicenseTable({ licenses, because }: { readonly licenses: readonly License[]; readonly because?: (license: License) => string }) {
  return (
    <table class="list">
      <thead><tr><th scope="col">Holder</th><th scope="col">Status</th><th scope="col">Policy</th><th scope="col">Seats</th><th scope="col">Expires</th><th scope="col">Key</th>{because === undefined ? null : <th scope="col">Found by</th>}</tr></thead>
      <tbody>
        {licenses.map((license) => (
          <tr key={license.id}>
            <td><a class="open" href={hrefOf(["licenses", license.id])}>{license.name ?? license.holder.id}</a>{license.name === null ? null : <small> {license.holder.id}</small>}</td>
            <td><Status of={license.status} /></td>
            <td>{license.policy}</td>
            <td>{license.seatsUsed} of {license.activationLimit ?? "any"}</td>
            <td><Time at={license.expiresAt} /></td>
            <td><code>{license.keyHint}</code></td>
            {because === undefined ? null : <td>{because(license)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Looks for a text that was asked for, and opens the only hit. The text may be a key, so it isn't in the address. */
export function Found({ text }: { readonly text: string }) {
  const { api } = useService();
  const [state, setState] = useState<{ readonly hits?: readonly { readonly license: License; readonly matchedBy: string }[]; readonly error?: unknown }>({});
  useEffect(() => {
    setState({});
    api.licenses.find({ text }).then(
      ({ data }) => (data.length === 1 && data[0] !== undefined ? go(hrefOf(["licenses", data[0].license.id])) : setState({ hits: data })),
      (error: unknown) => setState({ error }),
    );
  }, [text]);
  if (state.error !== undefined) return <Fault error={state.error} />;
  if (state.hits === undefined) return <p class="quiet" role="status">Looking…</p>;
  const { hits } = state;
  return (
    <>
      <h1>Found</h1>
      {hits.length === 0
        ? <Empty>Nothing fits. A whole key, an id, the last five of a key, a whole fingerprint, or part of a name or a holder is found.</Empty>
        : <LicenseTable licenses={hits.map(({ license }) => license)} because={({ id }) => hits.find(({ license }) => license.id === id)?.matchedBy ?? ""} />}
    </>
  );
}
