import type { LicenseEvent, ListQuery } from "@licensing/client";
import { filtersIn, go, hrefOf, usePlace } from "./address.ts";
import { Empty, More, saveCsv, Shown, TextField } from "./parts.tsx";
import { EventLine } from "./license.tsx";
import { useLoaded, useService } from "./service.ts";
import { dayLength, fieldMax, fieldOf, instantIn } from "./time.tsx";

const filters = ["type", "actor", "after", "before", "cursor"] as const;
const types: readonly LicenseEvent["type"][] = ["created", "activated", "deactivated", "suspended", "reinstated", "renewed", "expired", "revoked", "updated", "transferred", "file-issued", "usage-limit-reached"];
const pageMax = 50;

/** The trail of all licenses or of one, filtered by type, actor and the reader's days, also as CSV. */
export function ActivityPage() {
  const { api } = useService();
  const { query } = usePlace();
  const asked = filtersIn(query, filters);
  const license = query.get("license");
  const wanted = { limit: pageMax, ...asked } as ListQuery<"eventsList">;
  const events = useLoaded(`${license ?? ""} ${JSON.stringify(asked)}`, () => (license === null
    ? api.events.list(wanted)
    : api.events.listOfLicense(license, { ...wanted, sort: "-sequence" })).firstPage());
  const filter = (name: string, value: string) => go(hrefOf(["activity"], { ...asked, ...(license === null ? {} : { license }), cursor: undefined, [name]: value }));
  const csv = { limit: pageMax, ...asked, format: "csv" };
  const save = () => saveCsv("events.csv", license === null
    ? api.http.GET("/v1/api/licensing/license-events", { params: { query: csv as never }, parseAs: "text" })
    : api.http.GET("/v1/api/licensing/licenses/{licenseId}/events", { params: { path: { licenseId: license }, query: { ...csv, sort: "-sequence" } as never }, parseAs: "text" }));
  const day = (name: "after" | "before") => {
    const shown = asked[name] === undefined ? "" : fieldOf(asked[name]).slice(0, dayLength);
    return <input type="date" max={fieldMax.slice(0, dayLength)} value={shown} onChange={(event) => filter(name, instantIn(`${event.currentTarget.value}T00:00`) ?? "")} />;
  };
  return (
    <>
      <h1>Activity</h1>
      {license === null ? null : <p>Of the license <a href={hrefOf(["licenses", license])}>{license}</a> alone. <a href={hrefOf(["activity"], { ...asked, cursor: undefined })}>Of all licenses</a></p>}
      <form class="filters panel" onSubmit={(event) => event.preventDefault()}>
        <label>Type <select value={asked.type ?? ""} onChange={(event) => filter("type", event.currentTarget.value)}>
          <option value="">any</option>
          {types.map((type) => <option key={type} value={type}>{type}</option>)}
        </select></label>
        <label>By <TextField value={asked.actor ?? ""} placeholder="user:ada" onText={(text) => filter("actor", text)} /></label>
        <label>From {day("after")}</label>
        <label>Before {day("before")}</label>
        <button type="button" onClick={() => void save()}>CSV of this page</button>
      </form>
      <Shown of={events}>
        {({ data, pagination }) => data.length === 0 ? <Empty>Nothing happened that fits these filters. <a href={hrefOf(["activity"])}>Show all</a></Empty> : (
          <>
            <ol class="timeline">{data.map((event) => <EventLine key={event.id} event={event} isOfAny={license === null} />)}</ol>
            <More cursor={pagination.nextCursor} href={(cursor) => hrefOf(["activity"], { ...asked, ...(license === null ? {} : { license }), cursor })}>Older</More>
          </>
        )}
      </Shown>
    </>
  );
}
