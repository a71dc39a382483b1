CREATE SCHEMA IF NOT EXISTS licensing;
--> statement-breakpoint
CREATE SEQUENCE licensing.snowflake_sequence CYCLE MINVALUE 0 MAXVALUE 4095 START 0;
--> statement-breakpoint
-- 63-bit snowflakes: 41 bits of milliseconds since 2020-01-01, 10 bits of worker (11, as the old service had), 12 bits of
-- a sequence. Minted here and not in a process, because function instances can't agree on counters.
CREATE FUNCTION licensing.snowflake() RETURNS bigint
LANGUAGE sql VOLATILE
AS $$
  SELECT ((floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint - 1577836800000) << 22)
       | (11::bigint << 12)
       | nextval('licensing.snowflake_sequence')
$$;
