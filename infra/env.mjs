import { existsSync } from "node:fs";
import process from "node:process";

// Reads the settings in `.env`, or in the file that ENV_FILE names, if it is there. Node's own option says so on each start if it isn't.
const file = process.env["ENV_FILE"] ?? ".env";
if (existsSync(file)) process.loadEnvFile(file);
