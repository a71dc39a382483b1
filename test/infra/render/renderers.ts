import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { patient } from "../../support/slowness.ts";
import type { RenderReply, RenderRequest } from "./graph.ts";

/** Processes that render (child.ts). One that has answered with a graph renders the next deployment, too. */
export type Renderers = { readonly render: (request: RenderRequest) => Promise<RenderReply | { readonly interrupted: string }> };

const childMsMax = patient(120_000);
const outputCharactersMax = 10_000;

/** `codeCache`: where the processes keep compiled code of the packages. */
export function openRenderers(codeCache: string): Renderers {
  const idle: Renderer[] = [];
  return {
    render: async (request) => {
      const waiting = request.whole ? undefined : idle.pop();
      const renderer = waiting?.isAlive() === true ? waiting : startRenderer(codeCache);
      const reply = await renderer.render(request);
      if ("graph" in reply && !request.whole) idle.push(renderer);
      else renderer.end();
      return reply;
    },
  };
}

type Renderer = { readonly render: Renderers["render"]; readonly isAlive: () => boolean; readonly end: () => void };

/** An idle renderer doesn't keep its parent alive, and ends with it. */
function startRenderer(codeCache: string): Renderer {
  // Few objects outlive a render: with more room for young objects the collector copies fewer of them.
  const execArgv = ["--max-semi-space-size=64"];
  const env = { PATH: process.env["PATH"], NODE_COMPILE_CACHE: codeCache };
  const child = fork(join(import.meta.dirname, "child.ts"), { execArgv, env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => void (output = `${output}${chunk.toString("utf8")}`.slice(-outputCharactersMax)));
  return {
    render: async (request) => {
      hold(child, "ref");
      const timer = setTimeout(() => child.kill("SIGKILL"), childMsMax);
      const ended = new AbortController();
      try {
        child.send(request);
        const interrupted = once(child, "exit", { signal: ended.signal }).then(() => ({ interrupted: `the render ended without an answer: ${output}` }));
        const answered = once(child, "message", { signal: ended.signal }).then(([reply]) => reply as RenderReply);
        return await Promise.race([answered, interrupted]);
      } finally {
        ended.abort();
        clearTimeout(timer);
        hold(child, "unref");
      }
    },
    isAlive: () => child.connected,
    end: () => void child.kill(),
  };
}

function hold(child: ChildProcess, change: "ref" | "unref"): void {
  child[change]();
  child.channel?.[change]();
  for (const stream of [child.stdout, child.stderr]) (stream as unknown as { readonly ref: () => void; readonly unref: () => void } | null)?.[change]();
}
