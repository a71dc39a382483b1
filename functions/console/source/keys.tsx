import { Empty, Shown } from "./parts.tsx";
import { useLoaded, useService } from "./service.ts";
import { Time } from "./time.tsx";

/** The signing keys through their rotation, and the findings of the last check. */
export function Keys() {
  const { api } = useService();
  const keys = useLoaded("keys", (signal) => api.keys.list({ signal }));
  return (
    <>
      <h1>Signing keys</h1>
      <Shown of={keys}>
        {({ data, check }) => (
          <>
            {check === null ? <Empty>No check has run yet.</Empty> : <p>The last check, <Time at={check.at} />: <strong class={check.state === "ok" ? "good" : "bad"}>{check.state}</strong></p>}
            {check === null || check.findings.length === 0 ? null : <ul>{check.findings.map((finding) => <li key={JSON.stringify(finding)}>{typeof finding === "string" ? finding : finding.detail}</li>)}</ul>}
            <table>
              <thead><tr><th scope="col">Key</th><th scope="col">State</th><th scope="col">Made</th><th scope="col">Active</th><th scope="col">Retiring</th><th scope="col">Retired</th><th scope="col">Certificates</th></tr></thead>
              <tbody>{data.map((key) => (
                <tr key={key.kid}><td><code>{key.kid}</code></td><td>{key.state}</td><td><Time at={key.createdAt} /></td><td><Time at={key.activeAt} absent="not yet" /></td><td><Time at={key.retiringAt} absent="–" /></td><td><Time at={key.retiredAt} absent="–" /></td><td>{key.certificates}</td></tr>
              ))}</tbody>
            </table>
          </>
        )}
      </Shown>
    </>
  );
}
