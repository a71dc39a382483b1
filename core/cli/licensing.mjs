#!/usr/bin/env node
import { existsSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

// The command: the build of a published package, or the sources in the repository. Node keeps what it compiled in the user's own folder
// for caches, so a start of the sources costs no more than one of the build.
enableCompileCache(join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "licensing"));
await import(existsSync(new URL("licensing.ts", import.meta.url)) ? "./licensing.ts" : "./dist/licensing.js");
