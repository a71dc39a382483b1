import { useState } from "preact/hooks";
import type { Body, Client, PolicyDefinition, ServiceCredential } from "@licensing/client";
import { hrefOf, pageIn, usePlace } from "./address.ts";
import type { Call } from "./command.tsx";
import { Allowed, Dialog, Empty, Field, More, say, Secret, Shown, Table } from "./parts.tsx";
import { useLoaded, useService } from "./service.ts";
import { Time } from "./time.tsx";

/** The rules that give and deny permissions, and the credentials of programs. */
export function Access() {
  return (
    <>
      <h1>Access</h1>
      <Rules />
      <Credentials />
    </>
  );
}

const kinds: Readonly<Record<PolicyDefinition["variant"], string>> = { grant: "may", assign_role: "has the role", role_inherits: "has all of" };

function Rules() {
  const { api } = useService();
  const { query } = usePlace();
  const at = pageIn(query, "rules");
  const page = useLoaded(`rules ${at.cursor}`, () => api.access.listPolicyDefinitions({ limit: 100, ...at }).firstPage());
  const [doing, setDoing] = useState<"add" | PolicyDefinition>();
  const close = () => setDoing(undefined);
  return (
    <section aria-labelledby="rules">
      <h2 id="rules">Rules</h2>
      <p class="quiet">A denial beats every grant. The service decides by them within a minute of a change.</p>
      <p><Allowed permission="access:write" onClick={() => setDoing("add")}>Add a rule</Allowed></p>
      <Shown of={page}>
        {({ data, pagination }, again) => (
          <>
            {data.length === 0 ? <Empty first={at.cursor === undefined ? undefined : hrefOf(["access"])}>There is no rule. Add one, so that somebody may do something.</Empty> : (
              <Table heads={["Who", "May", "What", ""]} rows={data.map((rule) => ({
                key: rule.id,
                cells: [
                  <code>{rule.subject}</code>,
                  <span class={rule.effect === "deny" ? "bad" : undefined}>{rule.effect === "deny" ? "may not" : kinds[rule.variant]}</span>,
                  <code>{rule.target}</code>,
                  <Allowed permission="access:write" label={`Remove: ${rule.subject} ${rule.target}`} onClick={() => setDoing(rule)}>Remove</Allowed>,
                ],
              }))} />
            )}
            <More cursor={pagination.nextCursor} href={(next) => hrefOf(["access"], { rules: next })} />
            {doing === "add" ? <AddRule close={close} changed={again} /> : null}
            {doing !== undefined && doing !== "add" ? (
              <Dialog title="Remove a rule" doing="Remove" call={(called) => called.access.deletePolicyDefinition(doing.id)} onClose={close} onDone={() => { say("The rule is removed."); again(); }}>
                <p><code>{doing.subject}</code> no longer {doing.effect === "deny" ? "is denied" : kinds[doing.variant]} <code>{doing.target}</code>. A built-in role's rule comes back with the next deployment.</p>
              </Dialog>
            ) : null}
          </>
        )}
      </Shown>
    </section>
  );
}

type RuleBody = Body<"accessCreatePolicyDefinition">;
type Doing = { readonly close: () => void; readonly changed: () => void };

function AddRule({ close, changed }: Doing) {
  const [given, setGiven] = useState({ variant: "assign_role", subject: "user:", target: "role:licensing-support", effect: "allow" });
  const set = (name: keyof typeof given) => (event: { readonly currentTarget: { readonly value: string } }) => setGiven({ ...given, [name]: event.currentTarget.value });
  const { variant, effect } = given;
  const rule = { variant, subject: given.subject.trim(), target: given.target.trim(), ...(variant === "grant" ? { effect } : {}) } as RuleBody;
  return (
    <Dialog title="Add a rule" doing="Add" call={(api, options) => api.access.createPolicyDefinition(rule, options)} onClose={close} onDone={() => { say("The rule holds."); changed(); }}>
      <p>{rule.subject} {effect === "deny" && variant === "grant" ? "may not" : kinds[rule.variant]} {rule.target}, on every instance within a minute.</p>
      <Ungranted roles={variant === "grant" ? [] : [rule.target]} />
      <Field label="Kind"><select value={variant} onChange={set("variant")}><option value="assign_role">gives a role</option><option value="grant">a permission</option><option value="role_inherits">a role has another's rules</option></select></Field>
      <Field label="Who: user:…, service:… or role:…"><input value={given.subject} onInput={set("subject")} /></Field>
      <Field label="What: role:…, a permission or *"><input value={given.target} onInput={set("target")} /></Field>
      {variant === "grant" ? <Field label="Effect"><select value={effect} onChange={set("effect")}><option value="allow">allow</option><option value="deny">deny</option></select></Field> : null}
    </Dialog>
  );
}

/** The most pages of rules that are read to check roles. Rules that assign roles have no bound. */
const rolePagesMax = 20;

/** The roles (`role:<name>`) that a rule grants, denies or lets inherit something. Undefined: there are too many rules to tell. */
async function rolesWithRules(api: Client, signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
  const roles = new Set<string>();
  let count = 0;
  for await (const { data } of api.access.listPolicyDefinitions({ limit: 100 }, { signal }).pages()) {
    if ((count += 1) > rolePagesMax) return undefined;
    for (const { variant, subject } of data) if (variant !== "assign_role") roles.add(subject);
  }
  return roles;
}

/** Warns of roles without a rule. The service accepts them, because the role and its rules may come in either order. */
function Ungranted({ roles }: { readonly roles: readonly string[] }) {
  const { api } = useService();
  const known = useLoaded("roles", (signal) => rolesWithRules(api, signal));
  const unknown = known.state === "here" && known.value !== undefined ? roles.filter((role) => !known.value?.has(role)) : [];
  return <p class="bad" role="status" hidden={unknown.length === 0}>{unknown.map((role) => `No rule grants ${role} anything yet. `)}</p>;
}

function Credentials() {
  const { api } = useService();
  const { query } = usePlace();
  const at = pageIn(query, "credentials");
  const page = useLoaded(`credentials ${at.cursor}`, () => api.access.listCredentials({ limit: 100, ...at }).firstPage());
  const [doing, setDoing] = useState<"add" | ServiceCredential>();
  const [secret, setSecret] = useState<string>();
  const close = () => setDoing(undefined);
  return (
    <section aria-labelledby="credentials">
      <h2 id="credentials">Credentials of programs</h2>
      <p><Allowed permission="access:write" onClick={() => setDoing("add")}>Make a credential</Allowed></p>
      <Shown of={page}>
        {({ data, pagination }, again) => (
          <>
            {data.length === 0 ? <Empty first={at.cursor === undefined ? undefined : hrefOf(["access"])}>No program has a credential. Make one for a back end that validates licenses.</Empty> : (
              <Table heads={["Name", "Client id", "Roles", "Last used", ""]} rows={data.map((credential) => ({
                key: credential.clientId,
                cells: [
                  credential.name, <code>{credential.clientId}</code>, credential.roles.join(", "), <Time at={credential.lastUsedAt} />,
                  <Allowed permission="access:write" kind="danger" label={`Delete ${credential.name}`} onClick={() => setDoing(credential)}>Delete</Allowed>,
                ],
              }))} />
            )}
            <More cursor={pagination.nextCursor} href={(next) => hrefOf(["access"], { credentials: next })} />
            {doing === "add" ? <AddCredential close={close} done={(shown) => { setSecret(shown); again(); }} /> : null}
            {doing !== undefined && doing !== "add" ? (
              <Dialog title={`Delete ${doing.name}`} doing="Delete" call={(called) => called.access.deleteCredential(doing.clientId)} onClose={close} onDone={() => { say("The credential is deleted."); again(); }}>
                <p>Programs that use <code>{doing.clientId}</code> are refused within 30 seconds.</p>
              </Dialog>
            ) : null}
          </>
        )}
      </Shown>
      {secret === undefined ? null : <Secret title="The credential" text={secret} onClose={() => setSecret(undefined)} />}
    </section>
  );
}

function AddCredential({ close, done }: { readonly close: () => void; readonly done: (secret: string) => void }) {
  const [name, setName] = useState("");
  const [roles, setRoles] = useState("licensing-service");
  const body = { name: name.trim(), roles: roles.split(/[\s,]+/).filter((role) => role !== "") };
  const call: Call<Awaited<ReturnType<ReturnType<typeof useService>["api"]["access"]["createCredential"]>>> = (api, options) => api.access.createCredential(body, options);
  return (
    <Dialog title="Make a credential" doing="Make" isReady={body.name !== "" && body.roles.length > 0} call={call} onClose={close} onDone={({ clientId, secret }) => done(`${clientId}:${secret ?? ""}`)}>
      <p>A program gets it for HTTP Basic. Its secret is shown once.</p>
      <Ungranted roles={body.roles.map((role) => `role:${role}`)} />
      <Field label="Name"><input value={name} maxLength={255} onInput={(event) => setName(event.currentTarget.value)} /></Field>
      <Field label="Roles, by commas"><input value={roles} onInput={(event) => setRoles(event.currentTarget.value)} /></Field>
    </Dialog>
  );
}
