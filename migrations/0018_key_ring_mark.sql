CREATE TABLE "licensing"."KeyringMark" (
	"place" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"ring" text NOT NULL,
	"mark" text NOT NULL,
	CONSTRAINT "KeyringMark_one_row_check" CHECK ("licensing"."KeyringMark"."place" = 1)
);
