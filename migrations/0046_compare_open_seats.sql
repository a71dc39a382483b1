CREATE TABLE "licensing"."SeatCheck" (
	"place" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"read_to" bigint NOT NULL,
	CONSTRAINT "SeatCheck_one_row_check" CHECK ("licensing"."SeatCheck"."place" = 1)
);
