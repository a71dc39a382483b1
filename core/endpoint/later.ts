/**
 * The parts of the edge that `licenses/validate` loads behind its one `import()`: admission by token or service secret, and the
 * texts of refusals. An application that presents a valid license key needs none of them.
 */
export { admitCaller } from "../access/admit-caller.store.ts";
export { findFaults } from "../http/faults.ts";
export { refusalOf } from "./refusal.ts";
