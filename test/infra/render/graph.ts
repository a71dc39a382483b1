import type { PermanentStage, PreviewStage } from "../../../infra/stages.ts";

/** The result of a render: every resource that the deployment would request, and the requests to the command line. */
export type Graph = {
  readonly stage: string;
  /** Rendered as under `sst dev`. */
  readonly dev: boolean;
  readonly app: AppSettings;
  /** The stage's row of infra/stages.ts, as it was rendered. */
  readonly told: PermanentStage | PreviewStage;
  readonly resources: readonly Resource[];
  readonly builds: readonly Build[];
};

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type Resource = {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  /** False for SST's own components, which only group. */
  readonly custom: boolean;
  /** The inputs as the provider gets them; secrets unwrapped. */
  readonly inputs: { readonly [key: string]: Json };
  /** Paths of the inputs that are marked secret: `environment.variables`. */
  readonly secrets: readonly string[];
  readonly outputs?: { readonly [key: string]: Json };
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
  /** URNs this resource waits for. */
  readonly dependencies: readonly string[];
};

/** The request to SST's bundler for one function. */
export type Build = {
  readonly functionID: string;
  readonly handler: string;
  readonly runtime: string;
  readonly links: { readonly [name: string]: Json };
  readonly copyFiles: readonly { readonly from: string; readonly to: string }[];
  readonly properties: { readonly [key: string]: Json };
};

export type AppSettings = {
  readonly name: string;
  readonly removal: string;
  readonly protect: boolean;
  readonly home: string;
  readonly providers: { readonly [name: string]: Json };
};

export type RenderRequest = {
  /** A checkout: sst.config.ts, infra/, migrations/, and the handlers' files. */
  readonly root: string;
  /** The folder that `sst install` made. */
  readonly sst: string;
  /** A folder for this render alone. */
  readonly work: string;
  readonly stage: string;
  /** As under `sst dev`. */
  readonly dev: boolean;
  readonly environment: Readonly<Record<string, string>>;
  /** With the parts of Pulumi's SDK that don't change the graph. */
  readonly whole: boolean;
};

export type RenderReply = { readonly graph: Graph } | { readonly error: string };
