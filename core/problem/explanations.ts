import type { ProblemCode } from "./problem.ts";

/** The texts of a problem's page: the cause of the refusal, and the remedy. */
type Explanation = { readonly cause: string; readonly remedy: string };

const unseen = "Compare the id with the one that you were given. An item that you may not see is answered like one that doesn't exist: `GET /me` says what you may do.";
const again = "Nothing was changed. Send the same request again, no sooner than `Retry-After` says.";

export const explanations: Readonly<Record<ProblemCode, Explanation>> = {
  "malformed-request": {
    cause: "Something in the path, query, headers or body is not as the contract requires. Nothing was changed.",
    remedy: "`errors` names each place by a JSON pointer: `/holder/id` is in the body, `/query/limit`, `/path/licenseId` and `/header/if-match` are elsewhere. Correct the request before you send it again.",
  },
  unauthenticated: {
    cause: "The request has no Authorization header or several, or its credential isn't valid. The answer to a secret or a key doesn't say what was wrong with it; for a token `WWW-Authenticate` gives the reason.",
    remedy: "Send exactly one Authorization header: Bearer with a token of the configured issuer, Basic with a service credential, or License with a license key.",
  },
  "permission-denied": {
    cause: "The credential is valid, but none of its roles has the permission that this route requires. `detail` names the permission.",
    remedy: "Ask your administrator of access for it. `GET /me` says what you may do.",
  },
  "not-found": {
    cause: "No route has this address, or the item doesn't exist, or you may not see it.",
    remedy: "Write addresses plainly: no percent-encoding, no slash at the end. Compare the id with the one that you were given.",
  },
  "license-not-found": { cause: "The license doesn't exist, or you may not see it.", remedy: unseen },
  "policy-not-found": { cause: "No policy has this id or code.", remedy: "Codes are compared exactly. `GET /policies` lists them." },
  "activation-not-found": { cause: "The activation doesn't exist, or you may not see its license.", remedy: unseen },
  "meter-not-found": { cause: "The license's terms have no meter with this code.", remedy: "Codes are compared exactly. Give the license's policy the meter, and apply the policy." },
  "key-not-found": { cause: "The keyring has no signing key with this kid.", remedy: "`GET /keys` lists the keys." },
  "webhook-not-found": { cause: "No webhook has this id, or it was deleted.", remedy: "`GET /webhooks` lists them." },
  "delivery-not-found": { cause: "No delivery has this id. Deliveries are kept for 30 days.", remedy: "`GET /webhooks/{webhookId}/deliveries` lists those that are kept. `POST /webhooks/{webhookId}/replay` delivers older events again." },
  "method-not-allowed": { cause: "The address exists, but not for this method.", remedy: "Use a method that the `Allow` header lists." },
  "payload-too-large": { cause: "The body has more than 65536 bytes. It was not read.", remedy: "Send a smaller body: keep long data in a system of your own, and its name in `metadata`." },
  "unsupported-media-type": { cause: "The body isn't declared as JSON, or has a content encoding.", remedy: "Send the body as application/json in UTF-8, without a content encoding." },
  "license-suspended": { cause: "The license is suspended. Its latest `suspended` event says by whom and why.", remedy: "Reinstate it first." },
  "license-revoked": { cause: "The license is revoked, which is final.", remedy: "Issue a new one." },
  "license-expired": { cause: "The license has expired and its grace is over.", remedy: "Renew it first." },
  "license-not-started": { cause: "The license starts at a later time, or with its first activation.", remedy: "Wait until `startsAt`, move it by PATCH, or activate the first machine." },
  "license-started": { cause: "The license has started, so its start stays.", remedy: "Change `expiresAt` instead." },
  "license-not-suspended": { cause: "Only a suspended license can be reinstated, and this one isn't suspended.", remedy: "Read the license: its `status` shows its state." },
  "license-not-renewable": {
    cause: "A perpetual license without maintenance has no end to extend. A license that has not started has no end yet.",
    remedy: "Give a perpetual license an end by `expiresAt`, or its policy a `maintenance`. Renew a license that has not started after its start.",
  },
  "activation-limit-reached": {
    cause: "Every seat is taken. `holders` lists the machines that hold one, with a masked fingerprint and the time when each was last seen.",
    remedy: "Deactivate one, name one in `replace`, or raise the limit.",
  },
  "usage-limit-reached": {
    cause: "The use would pass the meter's limit with its overage, and nothing was counted. `remaining` says how much is still granted.",
    remedy: "Wait until `periodEndsAt`, when the meter begins anew (null: never), raise the limit by the policy, or correct the count.",
  },
  "release-limit-reached": {
    cause: "The license's own key and holder together may free only a number of seats in a period, which `releases` shows.",
    remedy: "Wait until `nextAt`, when the oldest of these releases stops counting, or ask an operator, who may free a seat at any time.",
  },
  "file-not-allowed": { cause: "The license's terms allow no license files.", remedy: "Give its policy a `fileLifetime` and apply the policy, or read the certificate instead." },
  "trial-already-used": { cause: "This holder or machine has had this trial before. Each gets a trial once, even if its license was revoked.", remedy: "Issue a license of another policy." },
  "policy-retired": { cause: "No new licenses are issued from a retired policy. Its existing licenses remain valid.", remedy: "Issue from another policy, or reinstate this one by `POST /policies/{policyId}/reinstate`." },
  "policy-code-taken": { cause: "Another policy has this code. Codes are never reused.", remedy: "Choose another code, or change the policy that has this one." },
  "key-taken": { cause: "Another license has this key, or had it before.", remedy: "Leave `key` out, and the service makes one. If you repeat an import, find the license by its key: it may be there already." },
  "rules-full": {
    cause: "There are already 5000 rules that grant, deny or inherit, which is the limit, because every decision evaluates them.",
    remedy: "Grant to roles instead of to single users, and assign the roles: the number of assignments is not limited.",
  },
  "rules-need-an-administrator": {
    cause: "After this change you could not change access any more, and perhaps no caller could.",
    remedy: "Ask another administrator of access to make it, or first grant yourself access:write in another way.",
  },
  "key-last-active": { cause: "No other signing key could sign certificates in its place.", remedy: "Add a key to the signing secret, wait until `GET /keys` lists it, and try again." },
  "webhook-disabled": { cause: "Nothing is sent to a disabled webhook. Its `disabledReason` says why it is disabled.", remedy: "Mend the cause, and enable it by PATCH with `enabled: true`." },
  "webhook-untested": { cause: "A replay needs an address that is known to answer, and none of this webhook's tests has succeeded.", remedy: "Send `POST /webhooks/{webhookId}/test`, and replay once its delivery has succeeded." },
  "replay-running": { cause: "A webhook has one replay at a time.", remedy: "Wait until the deliveries of the running replay have been sent." },
  "sequence-mismatch": { cause: "The license has changed since you read it.", remedy: "Read it again, see its changes, and send the new ETag in `If-Match`." },
  "idempotency-mismatch": { cause: "The `Idempotency-Key` was used for a different request within the last day.", remedy: "Use a new key for every new request, and repeat a request only unchanged." },
  "rate-limited": { cause: "Too many calls, or too many changes by one license key. `RateLimit-Policy` lists the limits.", remedy: "Wait as long as `Retry-After` says." },
  "dependency-unavailable": { cause: "A database or service that this service needs did not answer.", remedy: again },
  "outcome-unknown": { cause: "The answer of the database was lost, so the change may have been made.", remedy: "Send the same request with the same `Idempotency-Key`: the change is made once." },
  "license-contended": { cause: "Other requests are changing the same license.", remedy: again },
  internal: { cause: "An error in the service, which was logged with the request id.", remedy: "If it occurs again, tell the operator the `requestId`." },
};

/** Cause and remedy in one text: the `detail` of a problem that says nothing of its own. */
export function adviceOf(code: ProblemCode): string {
  const { cause, remedy } = explanations[code];
  return `${cause} ${remedy}`;
}
