/** Why an address is disabled: by hand, by five days of failures, or because it answered 410. */
export const disabledReasons = ["manual", "failing", "gone"] as const;
