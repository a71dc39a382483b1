import { describeMainJob } from "./main-job.ts";
import { serveReal } from "./serving.ts";

describeMainJob("from sources, on PostgreSQL and Redis", await serveReal());
