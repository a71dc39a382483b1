/**
 * What a function of the API has read when it started, for the parts that wait: each imports this. esbuild makes a chunk of
 * the modules that the same entries reach, and a waiting part is an entry; so what all of them reach is in one chunk, not
 * in one for each set. A chunk is a file that a cold start finds, reads and links, half a millisecond apiece (decision 8).
 */
import "./access/license-caller.ts";
import "./access/lockout.ts";
import "./access/permission.ts";
import "./access/refusals.ts";
import "./http/json.ts";
import "./platform/redis.ts";
import "./platform/runtime.ts";
import "./platform/timestamp.ts";
