import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./core/**/*.table.ts",
  out: "./migrations",
});
