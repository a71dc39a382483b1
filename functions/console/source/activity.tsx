import { go, hrefOf, usePlace } from "./address.ts";
import { Empty, More, saveCsv, Shown, TextField } from "./parts.tsx";
import { EventLine } from "./license.tsx";
import { useLoaded, useService } from "./service.ts";

const filters = ["type", "actor", "after", "before", "cursor"] as const;

/** The trail of all licenses, or of one, by type, actor and time; and as CSV. */
export function ActivityPage() {
  const { api } = useService();
  const { query } = usePlace();
  const asked: Readonly<Record<string, string>> = Object.fromEntries(filters.flatMap((name) => (query.get(name) === null ? [] : [[name, query.get(name) ?? ""]])));
  const license = query.get("license");
  const events = useLoaded(`${license ?? ""} ${JSON.stringify(asked)}`, () => (license === null
    ? api.events.list({ limit: 50, ...asked })
    : api.events.listOfLicense(license, { limit: 50, ...asked, sort: "-sequence" })).firstPage());
  const filter = (name: string, value: string) => go(hrefOf(["activity"], { ...asked, ...(license === null ? {} : { license }), cursor: undefined, [name]: value }));
  const save = () => saveCsv("events.csv", api.http.GET("/v1/api/licensing/license-events", { params: { query: { limit: 100, ...asked, format: "csv" } as never }, parseAs: "text" }));
  const day = (name: "after" | "before") => (event: { readonly currentTarget: { readonly value: string } }) => filter(name, event.currentTarget.value === "" ? "" : new Date(event.currentTarget.value).toISOString());
  return (
    <>
      <h1>Activity</h1>
      <form class="filters panel" onSubmit={(event) => event.preventDefault()}>
        <label>Type <TextField value={asked["type"] ?? ""} placeholder="suspended" onText={(text) => filter("type", text)} /></label>
        <label>By <TextField value={asked["actor"] ?? ""} placeholder="user:ada" onText={(text) => filter("actor", text)} /></label>
        <label>From <input type="date" value={asked["after"]?.slice(0, 10) ?? ""} onChange={day("after")} /></label>
        <label>Before <input type="date" value={asked["before"]?.slice(0, 10) ?? ""} onChange={day("before")} /></label>
        <button type="button" onClick={() => void save()}>CSV of this page</button>
      </form>
      <Shown of={events}>
        {({ data, pagination }) => data.length === 0 ? <Empty>Nothing happened that fits these filters. <a href={hrefOf(["activity"])}>Show all</a></Empty> : (
          <>
            <ol class="timeline">{data.map((event) => <EventLine key={event.id} event={event} />)}</ol>
            <More cursor={pagination.nextCursor} href={(cursor) => hrefOf(["activity"], { ...asked, ...(license === null ? {} : { license }), cursor })}>Older</More>
          </>
        )}
      </Shown>
    </>
  );
}
