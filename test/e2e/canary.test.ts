import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { createCanaries, notePem, sendCanaries } from "../support/canaries.ts";
import { secretFaults } from "../support/checkers.ts";
import { createCall } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { dataFolder, startProgram } from "./started.ts";

const msMax = patient(300_000);

type Secrets = Readonly<Record<"signingKeyPem" | "applicationSecret" | "keyPepper" | "keyringSecret" | "ownerPassword" | "applicationPassword" | "keyringPassword" | "redisToken", string>>;

test("a started service prints no secret and no input, except in its JSON document", async () => {
  const folder = dataFolder();
  const started = startProgram("--json", "--port", "0", "--data", folder);
  const document = await started.document;
  const canaries = createCanaries();
  const { signingKeyPem, ...secrets } = JSON.parse(readFileSync(path.join(folder, "secrets.json"), "utf8")) as Secrets;
  notePem(canaries, signingKeyPem);
  for (const [what, secret] of Object.entries(secrets)) canaries.note(what, secret);
  for (const [what, token] of Object.entries(document.tokens)) canaries.note(`token of ${what}`, token);
  const mint = async (role: string | null, sub = "somebody"): Promise<string> => {
    const response = await fetch(document.issuer.tokenUrl, { method: "POST", body: JSON.stringify({ sub, roles: role === null ? [] : [`licensing-${role}`] }) });
    return canaries.note("minted token", ((await response.json()) as { readonly token: string }).token);
  };
  const { statuses } = await sendCanaries({ call: createCall(document.baseUrl, () => mint("admin")), token: mint }, canaries);
  expect(Object.keys(statuses).map(Number)).toEqual(expect.arrayContaining([200, 201, 400, 401, 404, 409]));
  expect(await started.signal("SIGTERM")).toBe(0);

  const { stdout, stderr } = started.said();
  const isDocument = (line: string) => line.startsWith('{"baseUrl"');
  const lines = stdout.split("\n");
  expect(lines.filter(isDocument)).toHaveLength(1);
  const printed = [...lines.filter((line) => !isDocument(line)), stderr].join("\n");
  expect(printed).toContain('"message":"request"');
  expect(canaries.foundIn(printed)).toEqual([]);
  expect(secretFaults([printed], [])).toEqual([]);
  // (control) The search finds tokens in the document, which has them by design.
  expect(canaries.foundIn(lines.find(isDocument) ?? "")).toEqual(expect.arrayContaining(["token of admin", "redisToken", "applicationPassword"]));
}, msMax);
