/**
 * The stages, and every setting that two machines must agree on before they deploy the same. The environment of a machine holds
 * credentials only.
 *
 * A permanent stage sets all of them; `null` means that the stage has none. A value with `example` in it is a placeholder: a
 * deploy refuses it by name.
 *
 * Data only. `settings.ts` checks it; a row that a stage lacks does not compile.
 */
export type Stage = {
  /** Host name of the API. Its zone must be in Route 53. `null`: API Gateway's own address. */
  readonly domain: string | null;
  /** https origins whose pages may call the API from a browser. */
  readonly corsOrigins: readonly string[];
  /** The same for every function that signs. The lifetime is 60 seconds to 30 days. */
  readonly certificate: { readonly ttlSeconds: number; readonly issuer: string; readonly audience: string };
  /** Raising this number by one changes to the other database role of each pair, with a new password. */
  readonly databasePasswordEpoch: number;
  readonly dumps: {
    /** Another AWS region than the deployment's, so that the loss of one region leaves the database's copy. */
    readonly region: string;
    readonly keepDays: number;
  };
};

export type PermanentStage = Stage & {
  /** Receives the alarms and the budget's warnings. */
  readonly alarmEmail: string | null;
  /** https address of RUNBOOK.md as operators open it, without `#`. Alarms link to its sections. */
  readonly runbookUrl: string | null;
  readonly neon: {
    /** Neon's organization. A personal API key can't create a project without it. */
    readonly organizationId: string;
    /** Size of the compute in compute units (1 is 4 GB of memory). Launch allows up to 16, and 8 between the two. */
    readonly minimumUnits: number;
    readonly maximumUnits: number;
    /** How far back the database can be restored. Launch allows 7, Scale 30. */
    readonly restoreDays: number;
  };
  readonly redis: {
    /** Upstash throttles the database for the rest of the month once it has cost this much. Its own default is 20. */
    readonly budgetDollars: number;
  };
  readonly aws: {
    /** Warns when the account's month is expected to cost more. It stops nothing. */
    readonly budgetDollars: number;
  };
  /**
   * Addresses of the stage's own, so that Neon and Upstash answer to them alone. `null`: functions call from any address of AWS, and
   * only passwords and tokens protect the stores. Needs a VPC whose private subnets reach the internet through NAT, and Neon's plan Scale.
   */
  readonly network: {
    readonly subnets: readonly string[];
    readonly securityGroups: readonly string[];
    /** The NAT gateways' addresses. */
    readonly addresses: readonly string[];
    /** Addresses of the services that read certificates from Redis. */
    readonly readers: readonly string[];
  } | null;
  /** The GitHub repository whose workflow may deploy this stage. `null`: people deploy it. */
  readonly pipeline: {
    readonly repository: string;
    /** True for one stage of an AWS account: an account holds GitHub's identity provider once. */
    readonly ownsIdentityProvider: boolean;
  } | null;
};

export type PreviewStage = Stage & {
  /** The Neon project in which each preview gets a branch. It holds no data that matters. */
  readonly neonProjectId: string;
  /** A preview whose database wasn't used for this long counts as abandoned. */
  readonly lifeDays: number;
};

export const permanentStages = {
  production: {
    domain: "licensing.example.com",
    corsOrigins: ["https://console.example.com", "https://admin.example.com"],
    certificate: { ttlSeconds: 86_400, issuer: "https://licensing.example.com", audience: "licensing" },
    databasePasswordEpoch: 1,
    dumps: { region: "eu-west-1", keepDays: 35 },
    alarmEmail: "oncall@example.com",
    runbookUrl: "https://git.example.com/licensing/infra/RUNBOOK.md",
    neon: { organizationId: "org-example-00000000", minimumUnits: 0.25, maximumUnits: 4, restoreDays: 7 },
    redis: { budgetDollars: 360 },
    aws: { budgetDollars: 500 },
    network: null,
    pipeline: { repository: "example/licensing", ownsIdentityProvider: true },
  },
  staging: {
    domain: null,
    corsOrigins: [],
    certificate: { ttlSeconds: 86_400, issuer: "licensing-staging", audience: "licensing" },
    databasePasswordEpoch: 1,
    dumps: { region: "eu-west-1", keepDays: 7 },
    alarmEmail: "oncall@example.com",
    runbookUrl: "https://git.example.com/licensing/infra/RUNBOOK.md",
    neon: { organizationId: "org-example-00000000", minimumUnits: 0.25, maximumUnits: 1, restoreDays: 1 },
    redis: { budgetDollars: 40 },
    aws: { budgetDollars: 100 },
    network: null,
    pipeline: { repository: "example/licensing", ownsIdentityProvider: true },
  },
} as const satisfies Readonly<Record<string, PermanentStage>>;

/** Every stage without a row above: `dev`, `pr-7`, … */
export const previewStage: PreviewStage = {
  domain: null,
  corsOrigins: [],
  certificate: { ttlSeconds: 86_400, issuer: "licensing-preview", audience: "licensing" },
  databasePasswordEpoch: 1,
  dumps: { region: "eu-west-1", keepDays: 7 },
  neonProjectId: "previews-example-00000000",
  lifeDays: 14,
};
