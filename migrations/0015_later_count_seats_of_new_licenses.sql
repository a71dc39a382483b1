-- Later, because an older instance gives seats of a new license without keeping the number.
ALTER TABLE "licensing"."License" ALTER COLUMN "open_seats" SET DEFAULT 0;
