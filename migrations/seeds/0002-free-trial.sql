INSERT INTO licensing."Policy" (code, name, description, duration, activation_limit, features, trial, key_prefix, created_at, updated_at)
VALUES ('free-trial', 'Free trial', 'Fourteen days for one machine, once per holder.', 'P14D', 1, '{}', true, 'TRIAL', date_trunc('milliseconds', clock_timestamp()), date_trunc('milliseconds', clock_timestamp()))
ON CONFLICT (code) DO NOTHING;
