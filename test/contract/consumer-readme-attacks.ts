import { licenseId } from "../support/certificate-fixture.ts";

/** Another license, active, whose machine isn't ours. */
export const somebodyElses = "7300000000000000012";
export const theirMachine = "machine-9999";
/** Well-formed ids that no license has: of a time before today, the first and the last of all, and of a time to come. */
export const madeUp = ["909193215999999777", "1", "9223372036854775807", "7300000000000000777"] as const;

/** Headers as they are sent, in their order: a name may come twice. */
export type Sent = readonly (readonly [name: string, value: string])[];
export type Attack = { readonly name: string; readonly sent: Sent };

const license = (value: string): Sent[number] => ["x-license-id", value];
const machine = (value: string): Sent[number] => ["x-machine", value];
const ours = machine("machine-0001");

export const honest: Sent = [license(licenseId), ours];

const asLicense = ["", " ", "0", "01", "-1", "+1", "1e3", "0x10", "null", "undefined", "[object Object]", "__proto__", "constructor", "*", "../1", "1".repeat(20), "1".repeat(4_000), `${licenseId},${licenseId}`, `${licenseId} ${licenseId}`, `"${licenseId}"`, `${licenseId};`, `${licenseId}.0`, `%20${licenseId}`];
const asMachine = ["", " ", "*", "null", "undefined", "m", theirMachine, "MACHINE-0001", "machine-0001,machine-0001", "machine-0001 x", "machine-000", "machine-00011", "x".repeat(300), "__proto__"];

/** Requests of an attacker who has no license, or none for this machine. */
export const attacks: readonly Attack[] = [
  { name: "nothing", sent: [] },
  { name: "no license", sent: [ours] },
  { name: "no machine", sent: [license(licenseId)] },
  { name: "the license twice", sent: [license(licenseId), license(licenseId), ours] },
  { name: "two licenses", sent: [license(somebodyElses), license(licenseId), ours] },
  { name: "two licenses, ours first", sent: [license(licenseId), license(somebodyElses), ours] },
  { name: "two machines", sent: [license(licenseId), ours, machine(theirMachine)] },
  { name: "the machine twice", sent: [license(licenseId), ours, ours] },
  { name: "a license and none", sent: [license(licenseId), license(""), ours] },
  { name: "somebody else's license", sent: [license(somebodyElses), ours] },
  { name: "the headers exchanged", sent: [machine(licenseId), license("machine-0001")] },
  { name: "headers of like names", sent: [["x-license", licenseId], ["license-id", licenseId], ["x_license_id", licenseId], ours] },
  ...asLicense.map((value) => ({ name: `the license ${JSON.stringify(value.slice(0, 40))}`, sent: [license(value), ours] })),
  ...asMachine.map((value) => ({ name: `the machine ${JSON.stringify(value.slice(0, 40))}`, sent: [license(licenseId), machine(value)] })),
];

/** Ways in which API Gateway and a load balancer hand the same headers over. */
const events = `
const byName = (sent) => sent.reduce((all, [name, value]) => ({ ...all, [name]: [...(all[name] ?? []), value] }), {});
const last = (lists) => Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1)]));
const joined = (lists) => Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.join(",")]));
const titled = (record) => Object.fromEntries(Object.entries(record).map(([name, value]) => [name.replace(/(^|-)(\\w)/g, (all) => all.toUpperCase()), value]));
const events = (sent) => [
  { version: "2.0", headers: joined(byName(sent)) },
  { headers: titled(last(byName(sent))), multiValueHeaders: titled(byName(sent)) },
  { multiValueHeaders: byName(sent) },
  sent.length === 0 ? { headers: null, multiValueHeaders: null } : { headers: joined(byName(sent)) },
];`;

/** For each example that reads a request: a function \`put(sent)\` that returns the statuses of its answers. */
export const serving: Readonly<Record<string, string>> = {
  express: `
    const { request } = await import("node:http");
    const { app } = await import("./express.ts");
    const server = app.listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    const put = (sent) => new Promise((done, failed) => {
      const asked = request({ host: "127.0.0.1", port: server.address().port }, (answer) => answer.resume().once("end", () => done([answer.statusCode])));
      for (const [name] of sent) asked.setHeader(name, sent.filter(([other]) => other === name).map(([, value]) => value));
      asked.once("error", failed).end();
    });`,
  lambda: `${events}
    const { handler } = await import("./lambda.ts");
    const put = async (sent) => Promise.all(events(sent).map(async (event) => (await handler(event, {})).statusCode));`,
  workers: `
    const { default: app } = await import("./workers.ts");
    const bindings = { REDIS_URL: process.env.APP_ENV_UPSTASH_REDIS_REST_URL, REDIS_TOKEN: process.env.APP_ENV_UPSTASH_REDIS_REST_TOKEN, LICENSING_JWKS_URL: process.env.LICENSING_JWKS_URL, APPLICATION_SECRET: process.env.APP_ENV_APPLICATION_SECRET };
    const put = async (sent) => {
      const headers = new Headers();
      for (const [name, value] of sent) headers.append(name, value);
      return [(await app.request("/", { headers }, bindings)).status];
    };`,
};
