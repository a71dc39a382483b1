CREATE TABLE "licensing"."Beacon" (
	"place" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"iat" bigint NOT NULL,
	"counted_to" bigint NOT NULL,
	"read_to" bigint NOT NULL,
	CONSTRAINT "Beacon_one_row_check" CHECK ("licensing"."Beacon"."place" = 1)
);
