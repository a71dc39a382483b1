import { hrefOf } from "./address.ts";
import { counted } from "./count.ts";
import { Empty, Shown, Status, statuses, Table } from "./parts.tsx";
import { useLoaded, useService } from "./service.ts";
import { dayOf, Time } from "./time.tsx";

const dayMs = 86_400_000;

/** The state of everything at a glance, from the last summary. */
export function Overview() {
  const { api } = useService();
  const statistics = useLoaded("statistics", (signal) => api.statistics.read({ signal }));
  return (
    <Shown of={statistics}>
      {({ asOf, licenses, seats, activity, attention }) => (
        <>
          <h1>Overview</h1>
          <p class="quiet">{asOf === null ? "Nothing was summed up yet; the first summary comes within five minutes." : <>As of <Time at={asOf} />.</>}</p>
          <h2 class="hidden">Needs attention</h2>
          <ul class="cards">
            <Card count={attention.full} href={hrefOf(["licenses"], { full: "true", status: "ACTIVATED" })} one="license without a free seat" many="licenses without a free seat" />
            <Card count={attention.expiringSoon} href={hrefOf(["licenses"], { sort: "expiresAt", status: "ACTIVATED", expiresBefore: new Date(Date.now() + 30 * dayMs).toISOString() })} one="license expires within 30 days" many="licenses expire within 30 days" />
            <Card count={attention.failingWebhooks} href={hrefOf(["webhooks"])} one="failing webhook" many="failing webhooks" />
            <Card count={attention.keyFindings} href={hrefOf(["keys"])} one="finding about signing keys" many="findings about signing keys" />
          </ul>
          <section aria-labelledby="status">
            <h2 id="status">{counted(licenses.total, "license")}, {counted(seats.open, "seat")} in use</h2>
            <ul class="row">
              {statuses.map((status) => (
                <li key={status}><a href={hrefOf(["licenses"], { status })}><Status of={status} /> {licenses.byStatus[status]}</a></li>
              ))}
            </ul>
          </section>
          <section aria-labelledby="expiring">
            <h2 id="expiring">Expire in the next 90 days</h2>
            <Heatmap days={licenses.expiring} />
          </section>
          <section aria-labelledby="activity">
            <h2 id="activity">Changes of the last 30 days</h2>
            <Activity days={activity} />
          </section>
        </>
      )}
    </Shown>
  );
}

function Card({ count, href, one, many }: { readonly count: number; readonly href: string; readonly one: string; readonly many: string }) {
  return <li class={count === 0 ? "calm" : "warm"}><a href={href}><strong>{count}</strong> {count === 1 ? one : many}</a></li>;
}

/** The first and the last day under a picture of days. */
function Axis({ days }: { readonly days: readonly { readonly day: string }[] }) {
  return <p class="axis">{[days[0], days.at(-1)].map((end, at) => end === undefined ? null : <span key={at}>{dayOf(end.day)}</span>)}</p>;
}

type Day = { readonly day: string; readonly count: number };

/** A square for each day of UTC; a day leads to the active licenses that expire on it. */
function Heatmap({ days }: { readonly days: readonly Day[] }) {
  const most = Math.max(1, ...days.map(({ count }) => count));
  if (days.every(({ count }) => count === 0)) return <Empty>No license expires in the next 90 days.</Empty>;
  return (
    <>
    <ol class="heatmap">
      {days.map(({ day, count }) => (
        <li key={day} class={`heat-${count === 0 ? 0 : Math.ceil((count / most) * 4)}`}>
          {count === 0 ? <span title={`${dayOf(day)}: none`} /> : <a href={hrefOf(["licenses"], onDay(day))} title={`${dayOf(day)}: ${count}`} aria-label={`${dayOf(day)}: ${count} expire`} />}
        </li>
      ))}
    </ol>
    <Axis days={days} />
    </>
  );
}

function onDay(day: string): Readonly<Record<string, string>> {
  const next = new Date(Date.parse(day) + dayMs).toISOString();
  return { expiresAfter: new Date(day).toISOString(), expiresBefore: next, sort: "expiresAt", status: "ACTIVATED" };
}

type ActiveDay = { readonly day: string; readonly events: Readonly<Record<string, number>> };

/** A bar for each day, drawn as SVG; the table beside it has the same numbers for those who can't see it. */
function Activity({ days }: { readonly days: readonly ActiveDay[] }) {
  const sums = days.map(({ day, events }) => ({ day, sum: Object.values(events).reduce((total, count) => total + count, 0), events }));
  const most = Math.max(1, ...sums.map(({ sum }) => sum));
  if (sums.every(({ sum }) => sum === 0)) return <Empty>Nothing changed in the last 30 days.</Empty>;
  return (
    <>
      <svg class="bars" viewBox={`0 0 ${sums.length * 10} 60`} preserveAspectRatio="none" role="img" aria-label="Changes a day">
        {sums.map(({ day, sum, events }, index) => (
          <rect key={day} x={index * 10 + 1} y={60 - (sum / most) * 58} width="8" height={(sum / most) * 58}>
            <title>{`${dayOf(day)}: ${sum}\n${Object.entries(events).map(([type, count]) => `${type} ${count}`).join("\n")}`}</title>
          </rect>
        ))}
      </svg>
      <Axis days={days} />
      <details>
        <summary>As a table</summary>
        <Table heads={["Day", "Changes"]} rows={sums.filter(({ sum }) => sum > 0).map(({ day, sum, events }) => ({ key: day, cells: [dayOf(day), `${sum}: ${Object.entries(events).map(([type, count]) => `${type} ${count}`).join(", ")}`] }))} />
      </details>
    </>
  );
}
