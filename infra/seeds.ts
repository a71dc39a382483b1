import { builtInRoles } from "@licensing/core/access/permission.ts";
import type { GeneratedFiles } from "./generated.ts";
import { writeGenerated } from "./generated.ts";

/** Writes the seed of the built-in roles from `core/access/permission.ts`; `--check` only compares. */
export const seedFiles: GeneratedFiles = { "migrations/seeds/0001-permissions.sql": permissionSeed() };

function permissionSeed(): string {
  const roles = Object.entries(builtInRoles).map(([role, permissions]) =>
    permissions.map((permission) => `  ('grant', 'role:${role}', '${permission}', 'allow')`).join(",\n"),
  );
  return `-- The roles that exist from the start, from core/access/permission.ts by \`npm run seeds\`. Run after every migration: what an
-- operator added stays as it is, and what was removed comes back. A grant that denies takes a permission from one of these
-- roles for good.
insert into licensing."PolicyDefinition" (variant, subject, target, effect)
values
${roles.join(",\n\n")}
on conflict do nothing;
`;
}

if (import.meta.main) await writeGenerated(seedFiles);
