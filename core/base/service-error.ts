/** An error in this service's own words. Its message holds no secret and no text of a caller, a driver or another service, so the log shows it. */
export class ServiceError extends Error {}
