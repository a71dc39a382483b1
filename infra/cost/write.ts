import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { costDocument } from "./document.ts";

/** `npm run cost`: writes infra/COST.md anew. A test compares the two. */
writeFileSync(join(import.meta.dirname, "../COST.md"), costDocument());
