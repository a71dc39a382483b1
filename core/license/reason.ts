import { text } from "./text.ts";

/** Why somebody suspends, reinstates, renews or revokes; kept in the audit trail. */
export const reasonText = text({ codePointsMax: 500, description: "Why, for the audit trail." });
