import { afterAll } from "vitest";
import { patient } from "./slowness.ts";
import { cleanUpFile } from "./when-done.ts";

// Runs before each test file is read, so this hook is the file's last.
afterAll(cleanUpFile, patient(120_000));
