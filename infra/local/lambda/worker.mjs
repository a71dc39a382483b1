/**
 * A Lambda function's process on one machine: loads the bundle that `_HANDLER` names in LAMBDA_TASK_ROOT, takes events from the
 * Runtime API one at a time, and answers them. Plain JavaScript, so that a start strips no types, and only modules that don't
 * load undici. It ends with the Runtime API.
 */
import { pathToFileURL } from "node:url";

const http = process.getBuiltinModule("node:http");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const [hostname, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? "").split(":");

process.on("unhandledRejection", (error) => {
  console.error(error);
  process.exit(128);
});

const handler = await load().catch(async (error) => {
  await call("POST", "init/error", describe(error)).catch(() => undefined);
  process.exit(1);
});
for (;;) await once();

async function load() {
  const [file, name] = (process.env._HANDLER ?? "").split(".");
  const loaded = (await import(pathToFileURL(`${process.env.LAMBDA_TASK_ROOT}/${file}.mjs`).href))[name];
  if (typeof loaded !== "function") throw new Error(`the bundle has no function ${name}`);
  // Node 24 functions return a promise; one that expects a callback never answers.
  if (loaded.length > 2) throw new Error("a handler takes an event and a context, and no callback");
  return loaded;
}

async function once() {
  const { headers, text } = await call("GET", "invocation/next").catch(() => process.exit(0));
  const id = headers["lambda-runtime-aws-request-id"];
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
  const context = contextOf(id, headers);
  const outcome = await Promise.resolve()
    .then(() => handler(JSON.parse(text), context))
    .then(
      (result) => ["response", result ?? null],
      (error) => ["error", describe(error)],
    );
  await call("POST", `invocation/${id}/${outcome[0]}`, outcome[1]).catch(() => process.exit(0));
}

function contextOf(awsRequestId, headers) {
  const deadlineMs = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    awsRequestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

function describe(error) {
  const isError = error instanceof Error;
  return { errorType: isError ? error.name : typeof error, errorMessage: isError ? error.message : String(error), stackTrace: isError ? (error.stack ?? "").split("\n").slice(1, 9) : [] };
}

function call(method, path, body) {
  const content = body === undefined ? undefined : JSON.stringify(body);
  const headers = content === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(content) };
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, method, path: `/2018-06-01/runtime/${path}`, agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => (text += chunk));
      response.once("end", () => resolve({ headers: response.headers, text }));
      response.once("error", reject);
    });
    request.once("error", reject);
    request.end(content);
  });
}
