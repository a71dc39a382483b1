/** The states of a delivery that is over. */
export const endedStates = ["delivered", "exhausted"] as const;
