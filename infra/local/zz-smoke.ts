import { startMachine } from "/work/main/infra/local/machine.ts";
const m = await startMachine({ file: null, progress: (w) => console.error(w), print: (l) => console.error(l) });
const token = await m.issuer.mint({ sub: "admin", roles: ["licensing-admin"] });
const call = async (method: string, path: string, body?: unknown, headers: Record<string,string> = {}) => {
  const r = await fetch(m.origin + path, { method, headers: { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/json" } : {}), ...headers }, ...(body ? { body: JSON.stringify(body) } : {}) });
  const t = await r.text(); console.log(method, path, r.status, t.slice(0, 700)); try { return JSON.parse(t); } catch { return t; }
};
const B = "/v1/api/licensing";
await call("GET", "/healthz"); await call("GET", "/readyz");
const i = await call("POST", `${B}/licenses`, { policy: "free-trial", holder: { type: "user", id: "ada" } }, { "idempotency-key": "abc" });
await call("POST", `${B}/licenses`, { policy: "free-trial", holder: { type: "user", id: "ada" } }, { "idempotency-key": "abc" });
await call("POST", `${B}/licenses`, { policy: "free-trial", holder: { type: "user", id: "ada" } });
const id = i.license?.id;
await call("POST", `${B}/licenses/validate`, { key: i.key, fingerprint: "machine-0001" });
await call("POST", `${B}/licenses/validate`, { key: i.key, fingerprint: "machine-0001" });
await call("POST", `${B}/licenses/validate`, { key: i.key, fingerprint: "machine-0002" });
await call("POST", `${B}/activations`, { licenseId: id, fingerprint: "machine-0002" });
await call("POST", `${B}/licenses/${id}/suspend`, { reason: "x" });
await call("POST", `${B}/licenses/${id}/suspend`);
await call("POST", `${B}/licenses/${id}/reinstate`);
await call("POST", `${B}/licenses/${id}/renew`, {periods: 2});
await call("PATCH", `${B}/licenses/${id}`, {activationLimit: 3, features: {sso: true}});
await call("POST", `${B}/licenses/${id}/rotate-key`, {overlapSeconds: 10});
await call("GET", `${B}/licenses/${id}/certificate`);
await call("POST", `${B}/licenses/${id}/certificate`);
await call("POST", `${B}/licenses/${id}/revoke`);
await m.close();
