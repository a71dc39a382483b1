-- Until when a secret may still be opened that was sealed before seals were bound to their row: a day, for which such rows
-- live, and two hours for the deployment that follows this file. A function, because the application's role can't change it.
do $$
begin
  execute format(
    'create function licensing.old_seals_until() returns timestamptz language sql stable return timestamptz %L',
    now() + interval '26 hours');
end
$$;
