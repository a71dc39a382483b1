import { invokeBundled } from "../../infra/local/bundled.ts";
import { buildBundles } from "./bundles.ts";
import { describeMainJob } from "./main-job.ts";
import { serveEmbedded } from "./serving.ts";

const bundles = await buildBundles();
const print = () => undefined;

describeMainJob("from bundles in processes of their own, on the embedded pair", await serveEmbedded({
  invoke: (machine) => invokeBundled({ ...machine, bundles, print }),
}));
