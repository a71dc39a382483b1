import { createHash } from "node:crypto";
import { settings } from "./deployment.ts";
import { isProduction, keep } from "./stage.ts";
import type { PermanentStage } from "./stages.ts";

/**
 * Postgres at Neon. A permanent stage owns a project; any other stage gets a branch with its own endpoint, role and database in a
 * project for previews, so that no stage has another's data or credentials.
 *
 * The owner migrates. The application's roles, and those that alone may write the ring of signing keys, are created by the migration
 * itself (a role made through Neon's API is a member of `neon_superuser`), with the passwords made here.
 */
type Home = {
  readonly projectId: $util.Output<string>;
  readonly branchId: $util.Output<string>;
  readonly host: $util.Output<string>;
  readonly database: $util.Output<string>;
  readonly owner: { readonly name: $util.Output<string>; readonly password: $util.Output<string> };
};

const ownerName = "licensing_owner";
const databaseName = "licensing";
/**
 * Roles in pairs, of which an odd epoch uses the first and an even one the second: a new password is given to the role that
 * nobody uses, so the former functions keep theirs until they are replaced (migration-roles.ts).
 */
const roleEnding = settings.databasePasswordEpoch % 2 === 1 ? "" : "_2";
const applicationName = `licensing_application${roleEnding}`;
const keyringName = `licensing_keyring${roleEnding}`;

const home = "permanent" in settings ? ownProject(settings.permanent) : branchOfSharedProject(settings.preview.neonProjectId);

const applicationPassword = createPassword("DatabaseApplicationPassword");
const keyringPassword = createPassword("DatabaseKeyringPassword");

export const neonProjectId = home.projectId;

/** The owner's direct connection, for the migration only. */
export const ownerUrl = $util.secret(
  $interpolate`postgresql://${home.owner.name}:${home.owner.password.apply(encodeURIComponent)}@${home.host}/${home.database}?sslmode=require`,
);

/** The application's pooled connection: each waiting HTTP query occupies a server connection, and there are few. */
export const applicationUrl = $util.secret(
  $interpolate`postgresql://${applicationName}:${applicationPassword.result}@${home.host.apply(pooled)}/${home.database}?sslmode=require`,
);

/** The connection of the functions that change the ring of signing keys. */
export const keyringUrl = $util.secret(
  $interpolate`postgresql://${keyringName}:${keyringPassword.result}@${home.host.apply(pooled)}/${home.database}?sslmode=require`,
);

/** SHA-256 over the database's identity, its roles and their passwords: if it changes, the migration must run again. */
export const databaseFingerprint = $resolve([home.projectId, home.branchId, ownerUrl, applicationUrl, keyringUrl]).apply((parts) =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex"),
);

export const database = new sst.Linkable("Database", {
  properties: { url: applicationUrl, host: home.host, name: home.database },
});

/**
 * Not protected like data: a protected resource can't be replaced, and replacing this one rotates the password. The migration
 * gives the current role this password, so one that is set by hand lasts until the next deployment.
 */
function createPassword(name: string): random.RandomPassword {
  return new random.RandomPassword(name, {
    length: 43,
    special: false,
    keepers: { epoch: String(settings.databasePasswordEpoch) },
  });
}

function ownProject({ neon: neonSettings, network }: PermanentStage): Home {
  const { region } = aws.getRegionOutput();
  const project = new neon.Project(
    "DatabaseProject",
    {
      name: `${$app.name}-${$app.stage}`,
      // A personal key can't create a project outside an organization.
      orgId: neonSettings.organizationId,
      regionId: $interpolate`aws-${region}`,
      // The version of the tests and of `npm start`. Make the previews' shared project with the same.
      pgVersion: 18,
      // Point-in-time restore reaches back this far.
      historyRetentionSeconds: neonSettings.restoreDays * 86_400,
      ...(network === null ? {} : { allowedIps: [...network.addresses] }),
      branch: { name: "main", databaseName, roleName: ownerName },
      // For the first start. `applySettings` sets the current size.
      defaultEndpointSettings: { autoscalingLimitMinCu: neonSettings.minimumUnits, autoscalingLimitMaxCu: neonSettings.maximumUnits },
    },
    // Neon can't move a project to another region, version or organization in place: a change there must not delete the data.
    { ...keep, ignoreChanges: ["regionId", "pgVersion", "orgId", "defaultEndpointSettings"] },
  );
  const applied = applySettings(project, neonSettings);
  return {
    projectId: project.id,
    branchId: project.defaultBranchId,
    // Known once the settings are applied: Neon refuses changes in parallel, and a resize restarts the compute.
    host: $resolve([project.databaseHost, applied.stdout]).apply(([host]) => host),
    database: project.databaseName,
    owner: { name: project.databaseUser, password: $util.secret(project.databasePassword) },
  };
}

/** Runs when the stage's row changes. The script explains why the provider can't do it. */
function applySettings(project: neon.Project, { minimumUnits, maximumUnits }: PermanentStage["neon"]): command.local.Command {
  return new command.local.Command("DatabaseSettings", {
    dir: $cli.paths.root,
    create: "node_modules/.bin/node infra/database-settings.ts",
    stdin: $jsonStringify({
      projectId: project.id,
      branchId: project.defaultBranchId,
      endpointId: project.defaultEndpointId,
      minimumUnits,
      maximumUnits,
      // A protected branch can't be deleted, nor its project; staging is removed like any other stage.
      isProtected: isProduction,
    }),
  });
}

/**
 * Neon refuses concurrent changes within one project ("locked"), so each change waits for the previous one. A branch's contents
 * are removed with the branch, in one request: removing them one by one fails half way, and a branch that is left costs money.
 */
function branchOfSharedProject(projectId: string): Home {
  const goesWithBranch = { retainOnDelete: true };
  const branch = new neon.Branch("DatabaseBranch", { projectId, name: $app.stage });
  const endpoint = new neon.Endpoint(
    "DatabaseEndpoint",
    { projectId, branchId: branch.id, type: "read_write", autoscalingLimitMinCu: 0.25, autoscalingLimitMaxCu: 1 },
    goesWithBranch,
  );
  const inBranch = { projectId, branchId: branch.id };
  const role = new neon.Role("DatabaseOwner", { ...inBranch, name: ownerName }, { ...goesWithBranch, dependsOn: [endpoint] });
  const own = new neon.Database("DatabaseOwn", { ...inBranch, name: databaseName, ownerName: role.name }, goesWithBranch);
  return {
    projectId: branch.projectId,
    branchId: branch.id,
    host: endpoint.host,
    database: own.name,
    owner: { name: role.name, password: $util.secret(role.password) },
  };
}

function pooled(host: string): string {
  return host.replace(/^[^.]+/, "$&-pooler");
}
