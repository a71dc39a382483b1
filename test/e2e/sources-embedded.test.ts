import { describeMainJob } from "./main-job.ts";
import { serveEmbedded } from "./serving.ts";

describeMainJob("from sources, on the embedded pair", await serveEmbedded());
