/**
 * The parts of the edge that `licenses/validate` loads behind its one `import()`, because an application that presents its
 * license key and is answered well needs none of them: who calls by token or service secret, and words for refusals.
 */
export { admitCaller, prepareToAdmit } from "../access/admit-caller.store.ts";
export { findFaults } from "../http/faults.ts";
export { refusalOf } from "./refusal.ts";
