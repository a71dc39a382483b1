-- The roles that exist from the start, from core/access/permission.ts by `npm run seeds`. Run after every migration: what an
-- operator added stays as it is, and what was removed comes back. A grant that denies takes a permission from one of these
-- roles for good.
insert into licensing."PolicyDefinition" (variant, subject, target, effect)
values
  ('grant', 'role:licensing-admin', '*', 'allow'),

  ('grant', 'role:licensing-operator', 'policy:read', 'allow'),
  ('grant', 'role:licensing-operator', 'license:read', 'allow'),
  ('grant', 'role:licensing-operator', 'license:issue', 'allow'),
  ('grant', 'role:licensing-operator', 'license:update', 'allow'),
  ('grant', 'role:licensing-operator', 'license:suspend', 'allow'),
  ('grant', 'role:licensing-operator', 'license:reinstate', 'allow'),
  ('grant', 'role:licensing-operator', 'license:renew', 'allow'),
  ('grant', 'role:licensing-operator', 'license:revoke', 'allow'),
  ('grant', 'role:licensing-operator', 'license:publish', 'allow'),
  ('grant', 'role:licensing-operator', 'license:validate', 'allow'),
  ('grant', 'role:licensing-operator', 'certificate:read', 'allow'),
  ('grant', 'role:licensing-operator', 'activation:read', 'allow'),
  ('grant', 'role:licensing-operator', 'activation:write', 'allow'),
  ('grant', 'role:licensing-operator', 'event:read', 'allow'),
  ('grant', 'role:licensing-operator', 'key:read', 'allow'),
  ('grant', 'role:licensing-operator', 'webhook:read', 'allow'),
  ('grant', 'role:licensing-operator', 'statistics:read', 'allow'),

  ('grant', 'role:licensing-support', 'policy:read', 'allow'),
  ('grant', 'role:licensing-support', 'license:read', 'allow'),
  ('grant', 'role:licensing-support', 'license:suspend', 'allow'),
  ('grant', 'role:licensing-support', 'license:reinstate', 'allow'),
  ('grant', 'role:licensing-support', 'license:publish', 'allow'),
  ('grant', 'role:licensing-support', 'license:validate', 'allow'),
  ('grant', 'role:licensing-support', 'certificate:read', 'allow'),
  ('grant', 'role:licensing-support', 'activation:read', 'allow'),
  ('grant', 'role:licensing-support', 'activation:write', 'allow'),
  ('grant', 'role:licensing-support', 'event:read', 'allow'),
  ('grant', 'role:licensing-support', 'webhook:read', 'allow'),
  ('grant', 'role:licensing-support', 'statistics:read', 'allow'),

  ('grant', 'role:licensing-service', 'license:read', 'allow'),
  ('grant', 'role:licensing-service', 'license:validate', 'allow'),
  ('grant', 'role:licensing-service', 'activation:read', 'allow'),
  ('grant', 'role:licensing-service', 'activation:write', 'allow'),
  ('grant', 'role:licensing-service', 'certificate:read', 'allow'),
  ('grant', 'role:licensing-service', 'key:read', 'allow'),

  ('grant', 'role:licensing-auditor', 'policy:read', 'allow'),
  ('grant', 'role:licensing-auditor', 'license:read', 'allow'),
  ('grant', 'role:licensing-auditor', 'activation:read', 'allow'),
  ('grant', 'role:licensing-auditor', 'event:read', 'allow'),
  ('grant', 'role:licensing-auditor', 'key:read', 'allow'),
  ('grant', 'role:licensing-auditor', 'access:read', 'allow'),
  ('grant', 'role:licensing-auditor', 'webhook:read', 'allow'),
  ('grant', 'role:licensing-auditor', 'statistics:read', 'allow')
on conflict do nothing;
