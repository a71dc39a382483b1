import { useState } from "preact/hooks";
import type { ApplyReport, Policy } from "@licensing/client";
import { Allowed, Dialog, Empty, say, Shown } from "./parts.tsx";
import { useLoaded, useService } from "./service.ts";

/** The policies, and the application of a policy's terms to its licenses after a preview. */
export function Policies() {
  const { api } = useService();
  const page = useLoaded("policies", () => api.policies.list({ limit: 100 }).firstPage());
  const [applied, setApplied] = useState<{ readonly policy: Policy; readonly preview: ApplyReport }>();
  const preview = async (policy: Policy) => setApplied({ policy, preview: await api.policies.apply(policy.id, { dryRun: true }) });
  return (
    <>
      <h1>Policies</h1>
      <Shown of={page}>
        {({ data }) => data.length === 0 ? <Empty>There is no policy yet. POST /policies makes the first.</Empty> : (
          <table>
            <thead><tr><th scope="col">Policy</th><th scope="col">Lasts</th><th scope="col">Machines</th><th scope="col">Features</th><th scope="col">Licenses</th><th scope="col"><span class="hidden">Actions</span></th></tr></thead>
            <tbody>{data.map((policy) => (
              <tr key={policy.id}>
                <td>{policy.name} <small>{policy.code}{policy.retiredAt === null ? "" : ", retired"}</small></td>
                <td>{policy.duration ?? "for ever"}</td>
                <td>{policy.activationLimit ?? "any number"}</td>
                <td>{Object.keys(policy.features).join(", ")}</td>
                <td>{policy.licenses}</td>
                <td><Allowed permission="policy:write" onClick={() => void preview(policy).catch((error: unknown) => say(String(error)))}>Apply</Allowed></td>
              </tr>
            ))}</tbody>
          </table>
        )}
      </Shown>
      {applied === undefined ? null : (
        <Dialog title={`Apply ${applied.policy.name}`} doing={`Change ${applied.preview.changed} licenses`} isReady={applied.preview.changed > 0} onClose={() => setApplied(undefined)} onDo={async () => {
          const { changed } = await api.policies.apply(applied.policy.id, {});
          say(`${changed} licenses have the policy's terms now.`);
        }}>
          <p>Its terms would change {applied.preview.changed} of its licenses. What is set on a license itself stays.</p>
          <pre>{JSON.stringify(applied.preview, null, 2).slice(0, 4_000)}</pre>
        </Dialog>
      )}
    </>
  );
}
