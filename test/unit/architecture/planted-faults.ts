/** Sets of files that each break one rule once. */
export type PlantedFault = {
  readonly what: string;
  readonly rule: string;
  readonly files: Readonly<Record<string, string>>;
};

const useLicense = 'import type { License } from "../license/license.ts"; type Held = License;';
const budget = 'import { timeBudget } from "../platform/time-budget.ts"; timeBudget();';

export const plantedFaults: readonly PlantedFault[] = [
  { what: "an import of a higher floor", rule: "floors", files: { "core/base/planted.ts": 'import { assess } from "../license/assess.ts"; assess();' } },
  { what: "a type of a higher floor", rule: "floors", files: { "core/keyring/planted.ts": useLicense } },
  { what: "an import type of a higher floor", rule: "floors", files: { "core/http/planted.ts": 'type Held = import("../license/license.ts").License;' } },
  { what: "an inline type of a higher floor", rule: "floors", files: { "core/policy/planted.ts": 'import { type License } from "../license/license.ts"; type Held = License;' } },
  { what: "a type of another room on the same floor", rule: "floors", files: { "core/event/planted.ts": 'import type { Activation } from "../activation/activation.ts"; type Held = Activation;' } },
  { what: "a folder without a floor", rule: "floors", files: { "core/shed/planted.ts": "const spade = 1;" } },
  { what: "a folder inside a room", rule: "floors", files: { "core/license/shed/planted.ts": "const spade = 1;" } },
  { what: "a type of a higher floor of infra/local", rule: "floors", files: { "infra/local/neon/planted.ts": 'import type { Machine } from "../machine/machine.ts"; type Held = Machine;' } },
  {
    what: "two files that import each other",
    rule: "cycles",
    files: { "core/license/planted.ts": 'import { b } from "./planted-too.ts"; b();', "core/license/planted-too.ts": 'import { a } from "./planted.ts"; a();' },
  },
  { what: "a pure file that imports a store", rule: "suffixes", files: { "core/lifecycle/planted.ts": 'import { perform } from "./perform.store.ts"; perform();' } },
  { what: "a pure file that imports statements", rule: "suffixes", files: { "core/lifecycle/planted.ts": 'import { live } from "../license/license.sql.ts"; live();' } },
  { what: "a pure file that imports a client of the outside", rule: "suffixes", files: { "core/license/planted.ts": 'import { request } from "node:https"; request();' } },
  { what: "a pure file that opens a connection", rule: "suffixes", files: { "core/license/planted.ts": 'import { connect, isIP } from "node:net"; connect(isIP("::1"));' } },
  { what: "a pure file that imports the outside through the platform", rule: "suffixes", files: { "core/license/planted.ts": 'import { redisOf } from "../platform/redis-client.ts"; redisOf();' } },
  { what: "a pure file that asks the database it is given", rule: "suffixes", files: { "core/license/planted.ts": "const ask = (runtime) => runtime.database.read();" } },
  { what: "statements that wait", rule: "suffixes", files: { "core/license/planted.sql.ts": "const wait = async (rows) => await rows;" } },
  { what: "statements that are sent", rule: "suffixes", files: { "core/license/planted.sql.ts": "const send = (database) => database.read();" } },
  { what: "a store that asks nothing", rule: "suffixes", files: { "core/license/planted.store.ts": "const add = (a, b) => a + b;" } },
  { what: "a store that waits for nothing outside", rule: "suffixes", files: { "core/license/planted.store.ts": "const wait = async (a) => await a;" } },
  { what: "a table that imports statements", rule: "suffixes", files: { "core/license/planted.table.ts": 'import { live } from "./license.sql.ts"; live();' } },
  { what: "an import of a table", rule: "suffixes", files: { "core/license/planted.ts": 'import { license } from "./license.table.ts"; license;' } },
  { what: "a job that a store starts", rule: "suffixes", files: { "core/lifecycle/planted.store.ts": 'import { expireSweep } from "./expire.job.ts"; await expireSweep();' } },
  { what: "a job without a time budget", rule: "suffixes", files: { "core/lifecycle/planted.job.ts": "const work = async (runtime) => runtime.database.read();" } },
  { what: "a package that ships the platform", rule: "packages", files: { "core/consumer/planted.ts": 'import { once } from "../platform/once.ts"; once();' } },
  { what: "a package that ships a store", rule: "packages", files: { "core/consumer/planted.ts": 'import { trustedKeys } from "../keyring/trusted-keys.store.ts"; trustedKeys();' } },
  { what: "a package that ships a dependency of the service", rule: "packages", files: { "core/consumer/planted.ts": 'import { jwtVerify } from "jose"; jwtVerify();' } },
  {
    what: "a package that ships another room through one of its own",
    rule: "packages",
    files: { "core/consumer/planted.ts": 'import { a } from "../license/planted.ts"; a();', "core/license/planted.ts": 'import { problem } from "../problem/problem.ts"; problem();' },
  },
  { what: "code that waits behind an import()", rule: "waiting", files: { "core/lifecycle/planted.ts": 'void import("../license/license.ts");' } },
  { what: "a writer of deliveries outside the webhooks' room", rule: "deliveries", files: { "core/commit/planted.sql.ts": 'const tell = `insert into licensing."WebhookDue" (type) values (${1})`;' } },
  { what: "a second writer of license state", rule: "writers", files: { "core/license/planted.sql.ts": 'const suspend = `update licensing."License" set status = ${1}`;' } },
  { what: "a second publisher", rule: "publishers", files: { "core/lifecycle/planted.store.ts": 'import { publish } from "../publication/publish.store.ts"; await publish();' } },
  { what: "a function that imports infra", rule: "functions", files: { "functions/licenses/planted.ts": 'import { routes } from "../../infra/routes.ts"; routes;' } },
  { what: "core that imports infra", rule: "core", files: { "core/license/planted.ts": 'import { routes } from "../../infra/routes.ts"; routes;' } },
  { what: "a noun that knows HTTP", rule: "domain", files: { "core/license/planted.ts": 'import { reply } from "../http/reply.ts"; reply();' } },
  { what: "a second reader of the environment", rule: "environment", files: { "core/license/planted.ts": "const stage = process.env.STAGE;" } },
  { what: "a barrel", rule: "names", files: { "core/license/index.ts": "const all = 1;" } },
  { what: "a file of more than 400 lines", rule: "sizes", files: { "core/license/planted.ts": "const line = 1;\n".repeat(401) } },
  { what: "an interface", rule: "dialect", files: { "infra/local/neon/planted.ts": "interface Held { readonly a: 1 }" } },
  { what: "a constant in capitals", rule: "dialect", files: { "infra/local/neon/planted.ts": "const HELD_MAX = 1;" } },
  { what: "a second union of statuses", rule: "once", files: { "core/license/planted.ts": 'type Stopped = "REVOKED" | "SUSPENDED" | "EXPIRED";' } },
  { what: "a second list of statuses", rule: "once", files: { "core/license/planted.ts": 'const all = ["ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"];' } },
  { what: "a second base path", rule: "once", files: { "functions/licenses/planted.ts": "const path = `/v1/api/licensing/${1}`;" } },
  { what: "a second question for time left", rule: "once", files: { "core/lifecycle/planted.job.ts": `${budget} const hasTime = () => true;` } },
  { what: "an export that nobody imports", rule: "exports", files: { "core/license/planted.ts": "export type Lonely = 1;" } },
];
