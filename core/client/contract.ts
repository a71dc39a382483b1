// Generated from the OpenAPI document by `npm run openapi`.
export type paths = {
    readonly "/healthz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Check that the process answers
         * @description Check that the process answers.
         */
        readonly get: operations["healthLive"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/readyz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Check that the service can do its work
         * @description Checks the database, its migrations, Redis, the signing key, the application secret and the keys of callers' tokens.
         */
        readonly get: operations["healthReady"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/.well-known/jwks.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read the public keys that verify certificates
         * @description Ed25519 keys (RFC 8037) that are pending, active or retiring, and retired ones that a license file still needs.
         */
        readonly get: operations["keysJwks"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/openapi.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read this contract
         * @description OpenAPI 3.1, built from the contracts that the service itself enforces.
         */
        readonly get: operations["referenceOpenapi"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/docs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read this contract as a page
         * @description A page that shows the contract and can try its routes. It loads no external resources.
         */
        readonly get: operations["referenceDocs"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/docs/{asset}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a script of this contract's page
         * @description The page names its scripts, whose names change with their content, so that a browser keeps them for good.
         */
        readonly get: operations["referenceAsset"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/problems/{type}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read about a problem
         * @description The page at the address in a problem's `type` explains the problem and how to act on it: as JSON for programs, as `text/html` for people.
         */
        readonly get: operations["referenceProblem"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/console": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Open the console
         * @description The page for operators and holders. It loads nothing from elsewhere, and talks to this service and the identity provider alone.
         */
        readonly get: operations["consolePage"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/console/{asset}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a part of the console
         * @description Its script, its style or its icon. The name has a digest of the content, so it is kept for a year.
         */
        readonly get: operations["consoleAsset"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/console/config": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read how to log in
         * @description The settings by which the console and the command line log people in at the identity provider: OpenID Connect with a public client, by code and PKCE or by device code. `clientId` is null where no client is registered; then nobody can log in there, and tokens come from elsewhere.
         */
        readonly get: operations["consoleConfig"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/me": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read the caller's permissions
         * @description The caller of this request: its roles, the holders whose licenses are its own, and its permissions.
         */
        readonly get: operations["accessMe"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/policies": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the policies
         * @description List the policies.
         */
        readonly get: operations["policiesList"];
        readonly put?: never;
        /**
         * Create a policy
         * @description Creates a template for licenses. Its code can't be changed or reused.
         */
        readonly post: operations["policiesCreate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/policies/{policyId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a policy
         * @description Read a policy.
         */
        readonly get: operations["policiesRead"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Retire a policy
         * @description No new licenses are issued from it. Existing ones stay valid and can be renewed.
         */
        readonly delete: operations["policiesRetire"];
        readonly options?: never;
        readonly head?: never;
        /**
         * Change a policy
         * @description Absent members stay unchanged; `features` is replaced as a whole. Licenses take the new terms when they are issued or renewed; `apply` copies them to existing licenses.
         */
        readonly patch: operations["policiesUpdate"];
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/policies/{policyId}/reinstate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Reinstate a retired policy
         * @description New licenses are issued from it again. A policy that isn't retired stays unchanged.
         */
        readonly post: operations["policiesReinstate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/policies/{policyId}/apply": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Apply a policy to its licenses
         * @description Copies the policy's terms to licenses that have older ones, except values that were set on the license itself. The expiry stays, and a new grace counts from it. Seats beyond a lower limit are kept. One call does as much as its time allows: repeat it with `nextCursor` until it is `done`. `dryRun=true` only reports the changes.
         */
        readonly post: operations["policiesApply"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List licenses
         * @description The licenses that the caller may see, newest first unless `sort` names another order.
         */
        readonly get: operations["licensesList"];
        readonly put?: never;
        /**
         * Issue a license
         * @description Issues a license that copies the terms of a policy. The key is shown in this answer only.
         */
        readonly post: operations["licensesIssue"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/find": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Find licenses by any text
         * @description The text that a customer pasted: a key in any spelling, a license's id, a key's last five symbols, a fingerprint, a holder's id, a name, or a text in the metadata. A part of a name or of a holder's id is enough if it has three letters or digits in a row. The text is sent in the body because addresses are logged.
         */
        readonly post: operations["licensesFind"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/validate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Validate a license
         * @description An invalid license is an answer, not an error: 200 with `valid` and `code`. A fingerprint without a seat takes one if every other check passes.
         */
        readonly post: operations["licensesValidate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/{licenseId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a license
         * @description `ETag` is its sequence, for `If-Match` on changes. Validations and heartbeats don't change it.
         */
        readonly get: operations["licensesRead"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        /**
         * Change a license
         * @description Absent members stay unchanged. Values set here are kept through renewals and policy changes.
         */
        readonly patch: operations["licensesUpdate"];
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/{licenseId}/suspend": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Suspend a license
         * @description The license isn't valid until it is reinstated. Its new certificate denies at once.
         */
        readonly post: operations["licensesSuspend"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/{licenseId}/reinstate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Reinstate a license
         * @description A suspended license is valid again, unless it has expired meanwhile.
         */
        readonly post: operations["licensesReinstate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/{licenseId}/renew": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Renew a license
         * @description Adds periods of the policy's duration, from the instant that its renewal basis selects, and copies the policy's terms again. Seats beyond a lower limit are kept.
         */
        readonly post: operations["licensesRenew"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/{licenseId}/revoke": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Revoke a license
         * @description Can't be undone. The license, its seats and its events stay readable, and a denying certificate is published.
         */
        readonly post: operations["licensesRevoke"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/{licenseId}/rotate-key": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Replace a license's key
         * @description The new key is shown in this answer only. The old one stops working at once, or after `overlapSeconds`. At most two keys work at a time: a second rotation ends the overlap of the first at once. Send an Idempotency-Key so that a retry isn't a second rotation.
         */
        readonly post: operations["licensesRotateKey"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/{licenseId}/transfer": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Hand a license over
         * @description The license gets a new holder and, unless they are kept, a new key and no seats. Seats and events from before the hand-over stay hidden from the new holder and key. To correct a holder's name, PATCH the license instead.
         */
        readonly post: operations["licensesTransfer"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/{licenseId}/release-seats": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Free every seat
         * @description All seats at once, in every status of the license. Each counts as a release of the license's own key or holder.
         */
        readonly post: operations["licensesReleaseSeats"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/{licenseId}/certificate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a license's newest certificate
         * @description As `application/jose` (signed and encrypted) or `application/x-license-file` (signed only, for use offline, made anew for each request). `ETag` is a digest of the answer, for `If-None-Match`; the license's sequence is in the claims.
         */
        readonly get: operations["licensesCertificate"];
        readonly put?: never;
        /**
         * Publish a license's certificate again
         * @description Makes a fresh certificate of the committed license and puts it into Redis.
         */
        readonly post: operations["licensesPublish"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/{licenseId}/file": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Give out a license file
         * @description For machines without a network. With a fingerprint the file is for that machine alone and takes a seat for it, which is held at least until the file ends. It lasts at most for the policy's `fileLifetime`; a license's key or holder gets a file without a fingerprint for a certificate's lifetime only. `Accept: application/x-license-file` answers the file itself.
         */
        readonly post: operations["licensesFile"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/{licenseId}/activations": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List a license's activations
         * @description Newest first, including freed activations. To the license's key and its holder, `releases` says how many seats they may still free.
         */
        readonly get: operations["activationsListOfLicense"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/{licenseId}/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List a license's audit trail
         * @description In the order of its chain, where each event's `previousHash` is the `hash` of the previous event; or the latest first.
         */
        readonly get: operations["eventsListOfLicense"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/{licenseId}/usage": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a license's meters
         * @description Every meter of the license's terms in the current period, by code.
         */
        readonly get: operations["usageListOfLicense"];
        readonly put?: never;
        /**
         * Consume use of a meter
         * @description Counts the amount whole or not at all, never beyond the meter's limit with its overage. Send an Idempotency-Key so that a retry counts once. The first refusal of a period writes an event.
         */
        readonly post: operations["usageConsume"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/licenses/{licenseId}/usage/{meter}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Correct a meter's count
         * @description Sets the count of the current period, in any status but revoked. The event `updated` records both counts.
         */
        readonly put: operations["usageCorrect"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/usage": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List usage by period
         * @description For billing: the use of each meter in each period, the latest periods first. A period is kept for 25 months after its end.
         */
        readonly get: operations["usageList"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/activations": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List activations
         * @description Activations of the licenses that the caller may see, newest first, including freed ones.
         */
        readonly get: operations["activationsList"];
        readonly put?: never;
        /**
         * Take a seat
         * @description A fingerprint that has a seat keeps it. On a full license `replace` frees another seat for this one.
         */
        readonly post: operations["activationsActivate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/activations/{activationId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read an activation
         * @description Read an activation.
         */
        readonly get: operations["activationsRead"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Free a seat
         * @description Works in every status of the license. A free seat stays free. `X-Certificate-State` is the state of the new certificate. If the machine has a license file, `X-Files-Until` says until when it still works.
         */
        readonly delete: operations["activationsDeactivate"];
        readonly options?: never;
        readonly head?: never;
        /**
         * Rename a seat
         * @description Works in every status of the license. A seat that has been freed keeps its name.
         */
        readonly patch: operations["activationsRename"];
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/activations/{activationId}/heartbeat": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Report that a seat is in use
         * @description Extends the seat's lease. A seat whose lease has run out is gone: activate again.
         */
        readonly post: operations["activationsHeartbeat"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/license-events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the audit trail
         * @description Events of the licenses that the caller may see, newest first. `createdAt` is the time of the request, and its change may be committed up to ten seconds later. To fetch by time without a gap, end ten seconds before now, or fetch these seconds again.
         */
        readonly get: operations["eventsList"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/statistics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read the statistics
         * @description The last summary of licenses, seats and events, which is written every five minutes. All are zero before the first.
         */
        readonly get: operations["statisticsRead"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/keys": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the signing keys
         * @description The keys with their states, the number of certificates of each, and the findings of the last check.
         */
        readonly get: operations["keysList"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/keys/check": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Check the signing keys now
         * @description Does the work of the hourly check: registers keys that were added to the secret, takes the steps of the rotation that are due, and tests whether certificates verify with the published keys.
         */
        readonly post: operations["keysCheck"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/keys/{kid}/compromise": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Deny a signing key
         * @description For a key that an attacker may have. The service and the JWKS deny it at once, consumers when they next read the keys (consumers with pinned PEMs need `deniedKids`), and the next key signs. Its licenses are published again, denying ones first; the reconciler publishes those that this call doesn't reach. This can't be undone.
         */
        readonly post: operations["keysCompromise"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/policy-definitions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the rules of access
         * @description List the rules of access.
         */
        readonly get: operations["accessListPolicyDefinitions"];
        readonly put?: never;
        /**
         * Add a rule of access
         * @description Grants a permission to a role or principal, assigns a role, or lets a role inherit another. A denial beats every grant. A role exists by its rules alone: a role without a rule grants nothing. At most 5000 rules may grant, deny or inherit; assigned roles have no bound. A rule that would take access:write from you is refused.
         */
        readonly post: operations["accessCreatePolicyDefinition"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/policy-definitions/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Remove a rule of access
         * @description Other instances follow within 60 seconds. The rules of built-in roles come back with the next deployment: to take a permission from such a role for good, add a grant that denies it.
         */
        readonly delete: operations["accessDeletePolicyDefinition"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/credentials": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the service credentials
         * @description List the service credentials.
         */
        readonly get: operations["accessListCredentials"];
        readonly put?: never;
        /**
         * Create a service credential
         * @description For programs that use HTTP Basic. The secret is shown in this answer only. Roles aren't checked: a role without a rule grants nothing.
         */
        readonly post: operations["accessCreateCredential"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/credentials/{clientId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Delete a service credential
         * @description Instances that have cached it admit it for up to 30 seconds more.
         */
        readonly delete: operations["accessDeleteCredential"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/webhooks": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the webhooks
         * @description List the webhooks.
         */
        readonly get: operations["webhooksList"];
        readonly put?: never;
        /**
         * Add a webhook
         * @description An address that receives events, by Standard Webhooks. The secret is shown in this answer only. The URL must be https on port 443, without a user, and its name must resolve to public addresses only.
         */
        readonly post: operations["webhooksCreate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/webhooks/{webhookId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a webhook
         * @description Read a webhook.
         */
        readonly get: operations["webhooksRead"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Delete a webhook
         * @description Its secret and its open deliveries are deleted with it.
         */
        readonly delete: operations["webhooksDelete"];
        readonly options?: never;
        readonly head?: never;
        /**
         * Change a webhook
         * @description Absent members stay unchanged. Disabled by `enabled: false`, it gets no deliveries; a replay brings those that it missed. Enabling one that its failures disabled sends the deliveries that were held.
         */
        readonly patch: operations["webhooksUpdate"];
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/webhooks/{webhookId}/rotate-secret": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Replace a webhook's secret
         * @description The new secret is shown in this answer only. Deliveries are signed with the new and the former one for 24 hours, so a receiver may change at any moment in between. A webhook with `v1a` gets a new key pair in the same way. If it is rotated again within the 24 hours, the last three former secrets sign until 24 hours after the last rotation.
         */
        readonly post: operations["webhooksRotateSecret"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/webhooks/{webhookId}/test": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Test a webhook
         * @description Sends it a `webhook.test`. The list of deliveries shows its attempts. A replay needs a test that succeeded.
         */
        readonly post: operations["webhooksTest"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/webhooks/{webhookId}/replay": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Replay past events
         * @description Delivers the events of a window of time again: at most 100000 of them, 20 a second, one replay of a webhook at a time. An event that was delivered before keeps its `webhook-id` and its body; one that is still to be delivered isn't delivered twice.
         */
        readonly post: operations["webhooksReplay"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/webhooks/{webhookId}/deliveries": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the deliveries of a webhook
         * @description List the deliveries of a webhook.
         */
        readonly get: operations["webhooksListDeliveries"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/api/licensing/webhook-deliveries/{deliveryId}/redeliver": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Deliver again
         * @description Sends a delivery again, whatever its state, with the same `webhook-id` and the same body.
         */
        readonly post: operations["webhooksRedeliver"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
};
export type webhooks = {
    readonly "license.created": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells of the event `created`
         * @description The license is as it was when the delivery was first sent. `sequence` orders the events of a license. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseCreated"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "license.activated": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells of the event `activated`
         * @description The license is as it was when the delivery was first sent. `sequence` orders the events of a license. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseActivated"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "license.deactivated": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells of the event `deactivated`
         * @description The license is as it was when the delivery was first sent. `sequence` orders the events of a license. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseDeactivated"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "license.suspended": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells of the event `suspended`
         * @description The license is as it was when the delivery was first sent. `sequence` orders the events of a license. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseSuspended"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "license.reinstated": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells of the event `reinstated`
         * @description The license is as it was when the delivery was first sent. `sequence` orders the events of a license. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseReinstated"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "license.renewed": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells of the event `renewed`
         * @description The license is as it was when the delivery was first sent. `sequence` orders the events of a license. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseRenewed"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "license.expired": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells of the event `expired`
         * @description The license is as it was when the delivery was first sent. `sequence` orders the events of a license. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseExpired"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "license.revoked": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells of the event `revoked`
         * @description The license is as it was when the delivery was first sent. `sequence` orders the events of a license. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseRevoked"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "license.updated": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells of the event `updated`
         * @description The license is as it was when the delivery was first sent. `sequence` orders the events of a license. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseUpdated"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "license.transferred": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells of the event `transferred`
         * @description The license is as it was when the delivery was first sent. `sequence` orders the events of a license. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseTransferred"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "license.file-issued": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells of the event `file-issued`
         * @description The license is as it was when the delivery was first sent. `sequence` orders the events of a license. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseFileIssued"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "license.usage-limit-reached": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells of the event `usage-limit-reached`
         * @description The license is as it was when the delivery was first sent. `sequence` orders the events of a license. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseUsageLimitReached"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "license.expiring": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells that a license expires soon
         * @description Once for each duration of the policy's `remindBefore`. `before` is that duration. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseExpiring"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "license.usage-warning": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells that most of a meter's limit is used
         * @description At 80 % of the limit, once in a period. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseUsageWarning"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "license.activation-refused": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells that a full license refused a machine
         * @description At most once an hour for a license. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["licenseActivationRefused"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "key.finding": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tells of a finding of the check of the signing keys
         * @description Once for each finding that the previous check didn't have. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["keyFinding"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "webhook.test": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tests the address
         * @description Sent when it is asked for, whatever types the webhook has. A delivery may come twice: its `webhook-id` is then the same.
         */
        readonly post: operations["webhookTest"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
};
export type components = {
    schemas: {
        readonly AccessCreateCredentialBody: {
            /** @description A name for people. Without blanks at its ends. */
            readonly name: string;
            /** @description Its roles, which determine its permissions. */
            readonly roles: readonly string[];
        };
        readonly AccessCreateCredentialReply: {
            /** @description The user name of HTTP Basic. */
            readonly clientId: string;
            readonly name: string;
            readonly roles: readonly string[];
            /** @description Accurate to the minute. */
            readonly lastUsedAt: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly createdAt: string;
            /** @description The password of HTTP Basic, shown once. Null if a replay can't open it any more. */
            readonly secret: string | null;
        };
        readonly AccessCreatePolicyDefinitionBody: {
            /** @constant */
            readonly variant: "grant";
            readonly subject: string;
            /** @enum {string} */
            readonly target: "policy:read" | "policy:write" | "license:issue" | "license:read" | "license:update" | "license:suspend" | "license:reinstate" | "license:renew" | "license:revoke" | "license:publish" | "license:validate" | "certificate:read" | "activation:read" | "activation:write" | "usage:read" | "usage:write" | "event:read" | "key:read" | "key:manage" | "access:read" | "access:write" | "statistics:read" | "webhook:read" | "webhook:write" | "*";
            /**
             * @default allow
             * @enum {string}
             */
            readonly effect?: "allow" | "deny";
        } | {
            /** @constant */
            readonly variant: "assign_role";
            readonly subject: string;
            readonly target: string;
            /**
             * @default allow
             * @constant
             */
            readonly effect?: "allow";
        } | {
            /** @constant */
            readonly variant: "role_inherits";
            readonly subject: string;
            readonly target: string;
            /**
             * @default allow
             * @constant
             */
            readonly effect?: "allow";
        };
        readonly AccessListCredentialsReply: {
            readonly data: readonly components["schemas"]["Credential"][];
            readonly pagination: {
                readonly hasMore: boolean;
                readonly nextCursor: string | null;
            };
        };
        readonly AccessListPolicyDefinitionsReply: {
            readonly data: readonly components["schemas"]["PolicyDefinition"][];
            readonly pagination: {
                readonly hasMore: boolean;
                readonly nextCursor: string | null;
            };
        };
        readonly Activation: {
            readonly id: string;
            readonly licenseId: string;
            readonly fingerprint: string;
            readonly name: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly createdAt: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly lastSeenAt: string;
            /** @description Null: the seat is kept until it is freed. */
            readonly leaseUntil: string | null;
            readonly deactivatedAt: string | null;
        };
        readonly ActivationsActivateBody: {
            /** @description A snowflake id as a decimal string. */
            readonly licenseId?: string;
            /** @description A license key. Case, dashes and the look-alikes O/0 and I/L/1 don't matter in generated keys. */
            readonly key?: string;
            /** @description The machine's stable, opaque identity. */
            readonly fingerprint: string;
            /** @description A name for people, normalized and cut at 255 characters. */
            readonly name?: string;
            /** @description The activation to free for this one. */
            readonly replace?: string;
        };
        readonly ActivationsActivateReply: {
            readonly activation: components["schemas"]["Activation"];
            readonly license: components["schemas"]["License"];
            readonly certificate: components["schemas"]["Publication"];
        };
        readonly ActivationsHeartbeatReply: {
            readonly leaseUntil: string | null;
        };
        readonly ActivationsListOfLicenseReply: {
            readonly data: readonly components["schemas"]["Activation"][];
            readonly pagination: {
                readonly hasMore: boolean;
                readonly nextCursor: string | null;
            };
            readonly releases?: {
                readonly used: number;
                readonly limit: number;
                readonly period: string;
                readonly nextAt: string | null;
            } | null;
        };
        readonly ActivationsListReply: {
            readonly data: readonly components["schemas"]["Activation"][];
            readonly pagination: {
                readonly hasMore: boolean;
                readonly nextCursor: string | null;
            };
        };
        readonly ActivationsRenameBody: {
            /** @description Null: no name. */
            readonly name: string | null;
        };
        readonly ActivationsRenameReply: {
            readonly activation: components["schemas"]["Activation"];
            readonly license: components["schemas"]["License"];
            readonly certificate: components["schemas"]["Publication"];
        };
        readonly ApplyReport: {
            readonly policyId: string;
            readonly dryRun: boolean;
            /** @description Licenses of the policy that are not revoked. */
            readonly total: number;
            /** @description The licenses that this call examined. */
            readonly matched: number;
            /** @description In a dry run, the licenses that would change. */
            readonly changed: number;
            readonly unchanged: number;
            /** @description Licenses that could not be changed. Busy ones are tried again before it is `done`. */
            readonly failed: number;
            readonly failures: readonly {
                readonly licenseId: string;
                readonly code: string;
                /** @description True: it is tried again before it is `done`, and a later report counts its result. */
                readonly again: boolean;
            }[];
            readonly certificates: {
                readonly published: number;
                readonly pending: number;
                readonly skipped: number;
            };
            /** @description In a dry run, the first 20 changes: field → [from, to]. */
            readonly sample: readonly {
                readonly licenseId: string;
                readonly changes: {
                    readonly [key: string]: readonly [
                        components["schemas"]["Json"],
                        components["schemas"]["Json"]
                    ];
                };
            }[];
            readonly done: boolean;
            readonly nextCursor: string | null;
            readonly ratePerSecond: number;
            /** @description Seconds until all are done at this rate; null: unknown. */
            readonly etaSeconds: number | null;
        };
        readonly ConsoleConfigReply: {
            readonly issuer: string;
            readonly clientId: string | null;
            readonly scopes: readonly string[];
            readonly audience: string;
            readonly authorizationParameters: {
                readonly [key: string]: string;
            };
            readonly endpoints?: {
                readonly authorization: string;
                readonly token: string;
                readonly deviceAuthorization?: string;
                readonly revocation?: string;
                readonly endSession?: string;
            };
        };
        readonly Consumed: {
            /** @description A feature's code. */
            readonly meter: string;
            /** @description In this period. A license's key and holder see the use since the last hand-over. */
            readonly used: number;
            /** @description Null: unlimited. */
            readonly limit: number | null;
            /** @description Up to the limit with its overage; null: without end. */
            readonly remaining: number | null;
            /** @description Null: the meter counts for the license's life. */
            readonly periodEndsAt: string | null;
        };
        readonly Credential: {
            /** @description The user name of HTTP Basic. */
            readonly clientId: string;
            readonly name: string;
            readonly roles: readonly string[];
            /** @description Accurate to the minute. */
            readonly lastUsedAt: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly createdAt: string;
        };
        readonly EventsListOfLicenseReply: {
            readonly data: readonly components["schemas"]["LicenseEvent"][];
            readonly pagination: {
                readonly hasMore: boolean;
                readonly nextCursor: string | null;
            };
        };
        readonly EventsListReply: {
            readonly data: readonly components["schemas"]["LicenseEvent"][];
            readonly pagination: {
                readonly hasMore: boolean;
                readonly nextCursor: string | null;
            };
        };
        readonly HealthLiveReply: {
            /** @constant */
            readonly status: "pass";
        };
        readonly HealthReadyReply: {
            /** @enum {string} */
            readonly status: "pass" | "fail";
            /** @description Each part, by name. */
            readonly checks: {
                readonly [key: string]: readonly {
                    /** @enum {string} */
                    readonly status: "pass" | "fail";
                    readonly output?: string;
                }[];
            };
        };
        /** @description Any JSON value. */
        readonly Json: unknown;
        readonly KeyCheck: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly at: string;
            /** @enum {string} */
            readonly state: "ok" | "warn" | "page";
            readonly findings: readonly {
                readonly code: string;
                /** @enum {string} */
                readonly state: "ok" | "warn" | "page";
                readonly detail: string;
                readonly kid?: string;
            }[];
        };
        readonly KeysCheckReply: {
            readonly data: readonly components["schemas"]["SigningKey"][];
            /** @description The last check; null before the first. */
            readonly check: components["schemas"]["KeyCheck"] | null;
        };
        readonly KeysCompromiseReply: {
            readonly key: components["schemas"]["SigningKey"];
            /** @description The key that signs now. */
            readonly activeKid: string | null;
            /** @description The number of licenses that this call published again. */
            readonly published: number;
        };
        readonly KeysJwksReply: {
            readonly keys: readonly {
                /** @constant */
                readonly kty: "OKP";
                /** @constant */
                readonly crv: "Ed25519";
                readonly x: string;
                readonly kid: string;
                /** @constant */
                readonly use: "sig";
                readonly alg: string;
            }[];
        };
        readonly KeysListReply: {
            readonly data: readonly components["schemas"]["SigningKey"][];
            /** @description The last check; null before the first. */
            readonly check: components["schemas"]["KeyCheck"] | null;
        };
        readonly License: {
            readonly id: string;
            readonly policyId: string;
            /** @description The policy's code. */
            readonly policy: string;
            readonly name: string | null;
            /** @description The holder of the license. */
            readonly holder: {
                /** @description The kind of holder. */
                readonly type: string;
                /** @description The holder's id, as the identity system knows it. Without blanks at its ends. */
                readonly id: string;
            };
            /** @enum {string} */
            readonly status: "ACTIVATED" | "SUSPENDED" | "EXPIRED" | "REVOKED";
            /** @description The license's event count; its ETag. */
            readonly sequence: number;
            /** @description Feature codes, each with true, a number or a text; at most 1 KB as JSON. */
            readonly features: {
                readonly [key: string]: true | number | string;
            };
            /** @description Null: no limit. */
            readonly activationLimit: number | null;
            /** @description The overrides of the policy's terms; an absent member isn't overridden. */
            readonly overrides: {
                /** @description Feature codes, each with a value (true, a number or a text) to set it, or null to withdraw it; at most 1 KB as JSON. */
                readonly features?: {
                    readonly [key: string]: (true | number | string) | null;
                };
                readonly activationLimit?: number | null;
            };
            readonly seatsUsed: number;
            /** @description The key's last five symbols. */
            readonly keyHint: string;
            readonly startsAt: string | null;
            /** @description Null: perpetual, or not started. */
            readonly expiresAt: string | null;
            readonly graceUntil: string | null;
            /** @description Releases after this instant aren't covered; the license stays valid for older ones. Null: all are. */
            readonly maintenanceUntil: string | null;
            readonly lastValidatedAt: string | null;
            /** @description Values of the caller's own, at most 4 KB as JSON. */
            readonly metadata: {
                readonly [key: string]: string | number | boolean;
            };
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly createdAt: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly updatedAt: string;
        };
        readonly LicenseEvent: {
            readonly id: string;
            readonly licenseId: string;
            readonly sequence: number;
            /** @enum {string} */
            readonly type: "created" | "activated" | "deactivated" | "suspended" | "reinstated" | "renewed" | "expired" | "revoked" | "updated" | "transferred" | "file-issued" | "usage-limit-reached";
            readonly actor: {
                readonly type: string;
                readonly id: string;
            };
            readonly reason?: string;
            /** @description Field → [from, to]. */
            readonly changes: {
                readonly [key: string]: readonly [
                    components["schemas"]["Json"],
                    components["schemas"]["Json"]
                ];
            };
            readonly requestId: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly createdAt: string;
            readonly previousHash: string;
            /** @description SHA-256 over the previous hash, the sequence and the event's digest. */
            readonly hash: string;
        };
        readonly LicensesFileBody: {
            /**
             * Format: duration
             * @description Absent: the longest.
             */
            readonly lifetime?: string;
            /** @description The only machine that the file is for. */
            readonly fingerprint?: string;
            /** @description The seat's name, if one is taken. */
            readonly name?: string;
        };
        readonly LicensesFileReply: {
            /** @description The license file: its armour, under a summary for people. */
            readonly file: string;
            /**
             * Format: date-time
             * @description When the file ends: no later than the license.
             */
            readonly expiresAt: string;
            readonly license: components["schemas"]["License"];
            /** @description The seat of the machine that the file is for. */
            readonly activation?: components["schemas"]["Activation"];
        };
        readonly LicensesFindBody: {
            /** @description The text, as it was pasted. */
            readonly text: string;
        };
        readonly LicensesFindReply: {
            readonly data: readonly {
                readonly license: components["schemas"]["License"];
                /** @enum {string} */
                readonly matchedBy: "key" | "id" | "keyHint" | "fingerprint" | "holder" | "name" | "metadata";
            }[];
        };
        readonly LicensesIssueBody: {
            /** @description The policy's id or code. */
            readonly policy: string;
            /** @description The holder of the license. */
            readonly holder: {
                /** @description The kind of holder. */
                readonly type: string;
                /** @description The holder's id, as the identity system knows it. Without blanks at its ends. */
                readonly id: string;
            };
            /** @description A name for people. Without blanks at its ends. */
            readonly name?: string;
            /** @description Override the policy's features, by code; null withdraws one. */
            readonly features?: {
                readonly [key: string]: (true | number | string) | null;
            };
            readonly activationLimit?: number | null;
            /**
             * Format: date-time
             * @description RFC 3339 with an offset.
             */
            readonly startsAt?: string;
            /** @description Null: perpetual. Absent: the policy's duration. */
            readonly expiresAt?: string | null;
            /** @description Values of the caller's own, at most 4 KB as JSON. */
            readonly metadata?: {
                readonly [key: string]: string | number | boolean;
            };
            /** @description An existing key to keep, for licenses that move to this service. */
            readonly key?: string;
        };
        readonly LicensesIssueReply: {
            readonly license: components["schemas"]["License"];
            readonly key: string;
            readonly certificate: components["schemas"]["Publication"];
        };
        readonly LicensesListReply: {
            readonly data: readonly components["schemas"]["License"][];
            readonly pagination: {
                readonly hasMore: boolean;
                readonly nextCursor: string | null;
            };
        };
        readonly LicensesPublishReply: {
            readonly license: components["schemas"]["License"];
            readonly certificate: components["schemas"]["Publication"];
        };
        readonly LicensesReinstateBody: {
            /** @description The reason, for the audit trail. Without blanks at its ends. */
            readonly reason?: string;
        };
        readonly LicensesReinstateReply: {
            readonly license: components["schemas"]["License"];
            readonly certificate: components["schemas"]["Publication"];
        };
        readonly LicensesReleaseSeatsBody: {
            /** @description The reason, for the audit trail. Without blanks at its ends. */
            readonly reason?: string;
        };
        readonly LicensesReleaseSeatsReply: {
            readonly license: components["schemas"]["License"];
            readonly certificate: components["schemas"]["Publication"];
            /** @description When the last license file that `POST …/file` gave out ends; until then it works offline. Null: none of those works. A file from `GET …/certificate` isn't counted: it works until its certificate expires. */
            readonly filesUntil: string | null;
            readonly released: number;
        };
        readonly LicensesRenewBody: {
            /** @description The reason, for the audit trail. Without blanks at its ends. */
            readonly reason?: string;
            /**
             * @description How many durations to add.
             * @default 1
             */
            readonly periods?: number;
        };
        readonly LicensesRenewReply: {
            readonly license: components["schemas"]["License"];
            readonly certificate: components["schemas"]["Publication"];
        };
        readonly LicensesRevokeBody: {
            /** @description The reason, for the audit trail. Without blanks at its ends. */
            readonly reason?: string;
        };
        readonly LicensesRevokeReply: {
            readonly license: components["schemas"]["License"];
            readonly certificate: components["schemas"]["Publication"];
            /** @description When the last license file that `POST …/file` gave out ends; until then it works offline. Null: none of those works. A file from `GET …/certificate` isn't counted: it works until its certificate expires. */
            readonly filesUntil: string | null;
        };
        readonly LicensesRotateKeyBody: {
            /**
             * @description At most 30 days.
             * @default 0
             */
            readonly overlapSeconds?: number;
            /** @description The reason, for the audit trail. Without blanks at its ends. */
            readonly reason?: string;
        };
        readonly LicensesRotateKeyReply: {
            readonly license: components["schemas"]["License"];
            readonly key: string;
            readonly certificate: components["schemas"]["Publication"];
        };
        readonly LicensesSuspendBody: {
            /** @description The reason, for the audit trail. Without blanks at its ends. */
            readonly reason?: string;
        };
        readonly LicensesSuspendReply: {
            readonly license: components["schemas"]["License"];
            readonly certificate: components["schemas"]["Publication"];
            /** @description When the last license file that `POST …/file` gave out ends; until then it works offline. Null: none of those works. A file from `GET …/certificate` isn't counted: it works until its certificate expires. */
            readonly filesUntil: string | null;
        };
        readonly LicensesTransferBody: {
            /** @description The holder of the license. */
            readonly holder: {
                /** @description The kind of holder. */
                readonly type: string;
                /** @description The holder's id, as the identity system knows it. Without blanks at its ends. */
                readonly id: string;
            };
            /** @default false */
            readonly keepKey?: boolean;
            /** @default false */
            readonly keepSeats?: boolean;
            /** @description The reason, for the audit trail. Without blanks at its ends. */
            readonly reason?: string;
        };
        readonly LicensesTransferReply: {
            readonly license: components["schemas"]["License"];
            readonly certificate: components["schemas"]["Publication"];
            /** @description When the last license file that `POST …/file` gave out ends; until then it works offline. Null: none of those works. A file from `GET …/certificate` isn't counted: it works until its certificate expires. */
            readonly filesUntil: string | null;
            readonly key?: string;
        };
        readonly LicensesUpdateBody: {
            readonly name?: string | null;
            /** @description Override the policy's features, merged by code (RFC 7396): a value sets one, null withdraws it. */
            readonly features?: {
                readonly [key: string]: (true | number | string) | null;
            };
            readonly activationLimit?: number | null;
            /** @description Overridden terms to reset to the policy's, before the other members are applied. */
            readonly reset?: readonly ("features" | "activationLimit")[];
            /**
             * Format: date-time
             * @description A new start, allowed only before the license has started. It moves an expiry that the policy's duration gave, unless `expiresAt` comes with it.
             */
            readonly startsAt?: string;
            /** @description Null: perpetual. */
            readonly expiresAt?: string | null;
            /** @description Values of the caller's own, at most 4 KB as JSON. */
            readonly metadata?: {
                readonly [key: string]: string | number | boolean;
            };
            /** @description The holder of the license. */
            readonly holder?: {
                /** @description The kind of holder. */
                readonly type: string;
                /** @description The holder's id, as the identity system knows it. Without blanks at its ends. */
                readonly id: string;
            };
            /** @description A transfer to this policy's terms. */
            readonly policy?: string;
            /** @description With `policy`: its duration starts again now. */
            readonly resetExpiry?: boolean;
            /** @description The reason, for the audit trail. Without blanks at its ends. */
            readonly reason?: string;
        };
        readonly LicensesUpdateReply: {
            readonly license: components["schemas"]["License"];
            readonly certificate: components["schemas"]["Publication"];
        };
        readonly LicensesValidateBody: {
            /** @description A license key. Case, dashes and the look-alikes O/0 and I/L/1 don't matter in generated keys. */
            readonly key?: string;
            /** @description A snowflake id as a decimal string. */
            readonly licenseId?: string;
            /** @description The machine's stable, opaque identity. */
            readonly fingerprint?: string;
            /**
             * @description `true`: a machine without a seat takes one. `false`: such a machine is answered `NOT_ACTIVATED`.
             * @default true
             */
            readonly activate?: boolean;
            /** @description The name of the seat, if this call takes one. */
            readonly name?: string;
            /** @description Features that must be granted. */
            readonly features?: readonly string[];
            /**
             * Format: date-time
             * @description When the build that asks was released. After the license's `maintenanceUntil` the answer is `MAINTENANCE_ENDED`.
             */
            readonly releasedAt?: string;
            /** @description Use that is counted only if all else is valid: all of it or none. */
            readonly usage?: readonly {
                /** @description A feature's code. */
                readonly meter: string;
                /**
                 * @description 1 to 1000000.
                 * @default 1
                 */
                readonly amount?: number;
            }[];
            /** @description Echoed in the answer. */
            readonly nonce?: string | number;
        };
        readonly Me: {
            /** @description The caller, as events name it. */
            readonly actor: {
                readonly type: string;
                readonly id: string;
            };
            /** @description The caller's roles that this service knows. */
            readonly roles: readonly string[];
            /** @description The holders whose licenses are the caller's own. */
            readonly holders: readonly {
                readonly type: string;
                readonly id: string;
            }[];
            /** @description `all`: the permission holds for every license. `own`: it holds for the caller's own licenses. The caller lacks every permission that isn't listed. */
            readonly permissions: {
                /** @enum {string} */
                readonly "policy:read"?: "all" | "own";
                /** @enum {string} */
                readonly "policy:write"?: "all" | "own";
                /** @enum {string} */
                readonly "license:issue"?: "all" | "own";
                /** @enum {string} */
                readonly "license:read"?: "all" | "own";
                /** @enum {string} */
                readonly "license:update"?: "all" | "own";
                /** @enum {string} */
                readonly "license:suspend"?: "all" | "own";
                /** @enum {string} */
                readonly "license:reinstate"?: "all" | "own";
                /** @enum {string} */
                readonly "license:renew"?: "all" | "own";
                /** @enum {string} */
                readonly "license:revoke"?: "all" | "own";
                /** @enum {string} */
                readonly "license:publish"?: "all" | "own";
                /** @enum {string} */
                readonly "license:validate"?: "all" | "own";
                /** @enum {string} */
                readonly "certificate:read"?: "all" | "own";
                /** @enum {string} */
                readonly "activation:read"?: "all" | "own";
                /** @enum {string} */
                readonly "activation:write"?: "all" | "own";
                /** @enum {string} */
                readonly "usage:read"?: "all" | "own";
                /** @enum {string} */
                readonly "usage:write"?: "all" | "own";
                /** @enum {string} */
                readonly "event:read"?: "all" | "own";
                /** @enum {string} */
                readonly "key:read"?: "all" | "own";
                /** @enum {string} */
                readonly "key:manage"?: "all" | "own";
                /** @enum {string} */
                readonly "access:read"?: "all" | "own";
                /** @enum {string} */
                readonly "access:write"?: "all" | "own";
                /** @enum {string} */
                readonly "statistics:read"?: "all" | "own";
                /** @enum {string} */
                readonly "webhook:read"?: "all" | "own";
                /** @enum {string} */
                readonly "webhook:write"?: "all" | "own";
            };
        };
        readonly MeterUsage: {
            /** @description A feature's code. */
            readonly meter: string;
            /** @description In this period. A license's key and holder see the use since the last hand-over. */
            readonly used: number;
            /** @description Null: unlimited. */
            readonly limit: number | null;
            /** @description How much is granted beyond the limit; null: without end. */
            readonly overage: number | null;
            /** @description Up to the limit with its overage; null: without end. */
            readonly remaining: number | null;
            /** @description Null: the license hasn't started. */
            readonly periodStart: string | null;
            /** @description Null: the meter counts for the license's life. */
            readonly periodEndsAt: string | null;
        };
        readonly PeriodUsage: {
            /** @description A snowflake id as a decimal string. */
            readonly licenseId: string;
            readonly holderType: string;
            readonly holderId: string;
            /** @description The policy's code. Policy, holder and limit are those of the last use in the period. */
            readonly policy: string;
            /** @description A feature's code. */
            readonly meter: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly periodStart: string;
            /** @description Null: the meter counts for the license's life. */
            readonly periodEndsAt: string | null;
            /** @description In this period. A license's key and holder see the use since the last hand-over. */
            readonly used: number;
            /** @description Null: unlimited. */
            readonly limit: number | null;
        };
        readonly PoliciesCreateBody: {
            /** @description The policy's name in requests; never changes. */
            readonly code: string;
            /** @description A name for people. Without blanks at its ends. */
            readonly name: string;
            readonly description?: string | null;
            /** @description How long a license runs; null: perpetual. */
            readonly duration?: string | null;
            /** @description How long it stays valid after its expiry. */
            readonly grace?: string | null;
            /** @description How long a seat is held after its last use; null: until it is freed. */
            readonly lease?: string | null;
            readonly activationLimit?: number | null;
            /** @description Feature codes, each with true, a number or a text; at most 1 KB as JSON. */
            readonly features?: {
                readonly [key: string]: true | number | string;
            };
            /**
             * @description The instant from which the duration counts. With `from-first-activation` a license is valid before any machine has activated it; `fingerprintRequired` prevents such use.
             * @enum {string}
             */
            readonly expirationBasis?: "from-issue" | "from-first-activation";
            /** @enum {string} */
            readonly renewalBasis?: "from-expiry" | "from-now" | "from-now-if-expired";
            /** @enum {string} */
            readonly onFull?: "reject" | "evict-oldest-idle";
            /** @description How long a seat must be idle before it may be evicted. */
            readonly minimumIdle?: string | null;
            readonly fingerprintRequired?: boolean;
            /** @description How many seats a license's own key and its holder together may free in any `period`; null: any number. Operators aren't bound by it. */
            readonly releases?: {
                /** @description 0: they free none. */
                readonly limit: number;
                /**
                 * Format: duration
                 * @description An ISO 8601 calendar duration, counted in UTC. Whole numbers, not all zero, as in P1Y6M, P30D, P2W or PT12H.
                 */
                readonly period: string;
            } | null;
            /** @description How long before its expiry a license is announced by `license.expiring`, once for each duration. */
            readonly remindBefore?: readonly string[];
            /** @description How long after its start a license covers new releases: see `releasedAt` in a validation. Null: all releases. */
            readonly maintenance?: string | null;
            /** @description The longest lifetime of a license file; null: there are no files. */
            readonly fileLifetime?: string | null;
            /** @description Meter codes, each with its limit, period and overage; at most 4 KB as JSON. */
            readonly meters?: {
                readonly [key: string]: {
                    /** @description The most uses in a period; null: unlimited. */
                    readonly limit: number | null;
                    /**
                     * @description Counted from the license's start; null: the meter counts for the license's life.
                     * @default null
                     */
                    readonly period?: string | null;
                    /**
                     * @description How many uses are granted beyond the limit; null: without end. An unlimited meter has none.
                     * @default 0
                     */
                    readonly overage?: number | null;
                };
            };
            /** @description The prefix of this policy's license keys. */
            readonly keyPrefix?: string;
            /** @description Whether a holder gets only one license from it, ever. */
            readonly trial?: boolean;
        };
        readonly PoliciesListReply: {
            readonly data: readonly components["schemas"]["Policy"][];
            readonly pagination: {
                readonly hasMore: boolean;
                readonly nextCursor: string | null;
            };
        };
        readonly PoliciesUpdateBody: {
            /** @description A name for people. Without blanks at its ends. */
            readonly name?: string;
            readonly description?: string | null;
            /** @description How long a license runs; null: perpetual. */
            readonly duration?: string | null;
            /** @description How long it stays valid after its expiry. */
            readonly grace?: string | null;
            /** @description How long a seat is held after its last use; null: until it is freed. */
            readonly lease?: string | null;
            readonly activationLimit?: number | null;
            /** @description Feature codes, each with true, a number or a text; at most 1 KB as JSON. */
            readonly features?: {
                readonly [key: string]: true | number | string;
            };
            /**
             * @description The instant from which the duration counts. With `from-first-activation` a license is valid before any machine has activated it; `fingerprintRequired` prevents such use.
             * @enum {string}
             */
            readonly expirationBasis?: "from-issue" | "from-first-activation";
            /** @enum {string} */
            readonly renewalBasis?: "from-expiry" | "from-now" | "from-now-if-expired";
            /** @enum {string} */
            readonly onFull?: "reject" | "evict-oldest-idle";
            /** @description How long a seat must be idle before it may be evicted. */
            readonly minimumIdle?: string | null;
            readonly fingerprintRequired?: boolean;
            /** @description How many seats a license's own key and its holder together may free in any `period`; null: any number. Operators aren't bound by it. */
            readonly releases?: {
                /** @description 0: they free none. */
                readonly limit: number;
                /**
                 * Format: duration
                 * @description An ISO 8601 calendar duration, counted in UTC. Whole numbers, not all zero, as in P1Y6M, P30D, P2W or PT12H.
                 */
                readonly period: string;
            } | null;
            /** @description How long before its expiry a license is announced by `license.expiring`, once for each duration. */
            readonly remindBefore?: readonly string[];
            /** @description How long after its start a license covers new releases: see `releasedAt` in a validation. Null: all releases. */
            readonly maintenance?: string | null;
            /** @description The longest lifetime of a license file; null: there are no files. */
            readonly fileLifetime?: string | null;
            /** @description Meter codes, each with its limit, period and overage; at most 4 KB as JSON. */
            readonly meters?: {
                readonly [key: string]: {
                    /** @description The most uses in a period; null: unlimited. */
                    readonly limit: number | null;
                    /**
                     * @description Counted from the license's start; null: the meter counts for the license's life.
                     * @default null
                     */
                    readonly period?: string | null;
                    /**
                     * @description How many uses are granted beyond the limit; null: without end. An unlimited meter has none.
                     * @default 0
                     */
                    readonly overage?: number | null;
                };
            };
            /** @description The prefix of this policy's license keys. */
            readonly keyPrefix?: string;
            /** @description Whether a holder gets only one license from it, ever. */
            readonly trial?: boolean;
        };
        readonly Policy: {
            readonly id: string;
            /** @description The policy's name in requests; never changes. */
            readonly code: string;
            /** @description A name for people. Without blanks at its ends. */
            readonly name: string;
            readonly description: string | null;
            /** @description How long a license runs; null: perpetual. */
            readonly duration: string | null;
            /** @description How long it stays valid after its expiry. */
            readonly grace: string | null;
            /** @description How long a seat is held after its last use; null: until it is freed. */
            readonly lease: string | null;
            readonly activationLimit: number | null;
            /** @description Feature codes, each with true, a number or a text; at most 1 KB as JSON. */
            readonly features: {
                readonly [key: string]: true | number | string;
            };
            /**
             * @description The instant from which the duration counts. With `from-first-activation` a license is valid before any machine has activated it; `fingerprintRequired` prevents such use.
             * @enum {string}
             */
            readonly expirationBasis: "from-issue" | "from-first-activation";
            /** @enum {string} */
            readonly renewalBasis: "from-expiry" | "from-now" | "from-now-if-expired";
            /** @enum {string} */
            readonly onFull: "reject" | "evict-oldest-idle";
            /** @description How long a seat must be idle before it may be evicted. */
            readonly minimumIdle: string | null;
            readonly fingerprintRequired: boolean;
            /** @description How many seats a license's own key and its holder together may free in any `period`; null: any number. Operators aren't bound by it. */
            readonly releases: {
                /** @description 0: they free none. */
                readonly limit: number;
                /**
                 * Format: duration
                 * @description An ISO 8601 calendar duration, counted in UTC. Whole numbers, not all zero, as in P1Y6M, P30D, P2W or PT12H.
                 */
                readonly period: string;
            } | null;
            /** @description How long before its expiry a license is announced by `license.expiring`, once for each duration. */
            readonly remindBefore: readonly string[];
            /** @description How long after its start a license covers new releases: see `releasedAt` in a validation. Null: all releases. */
            readonly maintenance: string | null;
            /** @description The longest lifetime of a license file; null: there are no files. */
            readonly fileLifetime: string | null;
            /** @description Meter codes, each with its limit, period and overage; at most 4 KB as JSON. */
            readonly meters: {
                readonly [key: string]: {
                    /** @description The most uses in a period; null: unlimited. */
                    readonly limit: number | null;
                    /**
                     * @description Counted from the license's start; null: the meter counts for the license's life.
                     * @default null
                     */
                    readonly period: string | null;
                    /**
                     * @description How many uses are granted beyond the limit; null: without end. An unlimited meter has none.
                     * @default 0
                     */
                    readonly overage: number | null;
                };
            };
            /** @description The prefix of this policy's license keys. */
            readonly keyPrefix: string;
            /** @description Whether a holder gets only one license from it, ever. */
            readonly trial: boolean;
            /** @description The number of its licenses, at most 10000. */
            readonly licenses: number;
            /** @description Whether there are more licenses than `licenses` says. */
            readonly licensesMore: boolean;
            readonly retiredAt: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly createdAt: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly updatedAt: string;
        };
        readonly PolicyDefinition: {
            /** @description A snowflake id as a decimal string. */
            readonly id: string;
            /** @enum {string} */
            readonly variant: "grant" | "assign_role" | "role_inherits";
            readonly subject: string;
            readonly target: string;
            /** @enum {string} */
            readonly effect: "allow" | "deny";
        };
        readonly Publication: {
            /** @enum {string} */
            readonly state: "published" | "pending" | "skipped";
            readonly reason?: string;
            readonly sequence: number;
            readonly kid?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly certExpiresAt?: string;
            /**
             * Format: date-time
             * @description When every consumer that can reach Redis decides by it.
             */
            readonly visibleBy?: string;
        };
        readonly ReferenceOpenapiReply: {
            readonly openapi: string;
        } & {
            readonly [key: string]: unknown;
        };
        readonly ReferenceProblemReply: {
            readonly type: string;
            readonly code: string;
            readonly title: string;
            readonly status: number;
            readonly cause: string;
            readonly remedy: string;
            /** @description Cause and remedy in one text. */
            readonly advice: string;
        };
        readonly SigningKey: {
            readonly kid: string;
            /**
             * @description `unregistered`: in the secret, and not seen by a check yet.
             * @enum {string}
             */
            readonly state: "pending" | "active" | "retiring" | "retired" | "compromised" | "unregistered";
            readonly createdAt: string | null;
            readonly activeAt: string | null;
            readonly retiringAt: string | null;
            readonly retiredAt: string | null;
            /** @description Licenses whose certificate was last seen signed by it. */
            readonly certificates: number;
            /** @description Whether the last check found its PEM in the secret. */
            readonly inSecret: boolean;
        };
        readonly Statistics: {
            /** @description When the figures were put together; null before the first time. */
            readonly asOf: string | null;
            readonly licenses: {
                readonly total: number;
                /** @description By effective status. */
                readonly byStatus: {
                    readonly ACTIVATED: number;
                    readonly SUSPENDED: number;
                    readonly EXPIRED: number;
                    readonly REVOKED: number;
                };
                /** @description Licenses that are active and expire on each of 90 days, today first. */
                readonly expiring: readonly {
                    /**
                     * Format: date
                     * @description A day of UTC.
                     */
                    readonly day: string;
                    readonly count: number;
                }[];
            };
            readonly seats: {
                /** @description Seats that aren't freed. */
                readonly open: number;
                /** @description Licenses without a free seat. */
                readonly full: number;
            };
            /** @description Events by type on each of 30 days, today last. Types without an event are left out. */
            readonly activity: readonly {
                /**
                 * Format: date
                 * @description A day of UTC.
                 */
                readonly day: string;
                readonly events: {
                    readonly created?: number;
                    readonly activated?: number;
                    readonly deactivated?: number;
                    readonly suspended?: number;
                    readonly reinstated?: number;
                    readonly renewed?: number;
                    readonly expired?: number;
                    readonly revoked?: number;
                    readonly updated?: number;
                    readonly transferred?: number;
                    readonly "file-issued"?: number;
                    readonly "usage-limit-reached"?: number;
                };
            }[];
            readonly attention: {
                /** @description Active licenses without a free seat. */
                readonly full: number;
                /** @description Active licenses that expire within 30 days, today among them. */
                readonly expiringSoon: number;
                /** @description Addresses that fail, or that their failures have disabled. */
                readonly failingWebhooks: number;
                /** @description Findings of the last check of the keys that warn or page. */
                readonly keyFindings: number;
            };
        };
        readonly UsageConsumeBody: {
            /** @description A feature's code. */
            readonly meter: string;
            /**
             * @description 1 to 1000000.
             * @default 1
             */
            readonly amount?: number;
        };
        readonly UsageCorrectBody: {
            readonly used: number;
            /** @description The reason, for the audit trail. Without blanks at its ends. */
            readonly reason?: string;
        };
        readonly UsageCorrectReply: {
            readonly license: components["schemas"]["License"];
            readonly certificate: components["schemas"]["Publication"];
            readonly usage: components["schemas"]["MeterUsage"];
        };
        readonly UsageListOfLicenseReply: {
            readonly data: readonly components["schemas"]["MeterUsage"][];
        };
        readonly UsageListReply: {
            readonly data: readonly components["schemas"]["PeriodUsage"][];
            readonly pagination: {
                readonly hasMore: boolean;
                readonly nextCursor: string | null;
            };
        };
        readonly Validation: {
            readonly valid: boolean;
            /** @enum {string} */
            readonly code: "NOT_FOUND" | "REVOKED" | "SUSPENDED" | "NOT_STARTED" | "EXPIRED" | "FINGERPRINT_REQUIRED" | "MAINTENANCE_ENDED" | "FEATURES_MISSING" | "NOT_ACTIVATED" | "METER_NOT_FOUND" | "USAGE_LIMIT_REACHED" | "TRIAL_ALREADY_USED" | "ACTIVATION_LIMIT_REACHED" | "GRACE" | "VALID";
            readonly detail: string;
            readonly license?: components["schemas"]["License"];
            readonly activation?: {
                readonly id: string;
                readonly created: boolean;
                readonly leaseUntil: string | null;
            };
            /** @description The asked meters that the license has. They count the asked use only if the answer is valid. */
            readonly usage?: readonly components["schemas"]["Consumed"][];
            readonly seats: {
                readonly used: number;
                readonly limit: number | null;
            };
            readonly checks: readonly {
                /** @enum {string} */
                readonly code: "NOT_FOUND" | "REVOKED" | "SUSPENDED" | "NOT_STARTED" | "EXPIRED" | "FINGERPRINT_REQUIRED" | "MAINTENANCE_ENDED" | "FEATURES_MISSING" | "NOT_ACTIVATED" | "METER_NOT_FOUND" | "USAGE_LIMIT_REACHED" | "TRIAL_ALREADY_USED" | "ACTIVATION_LIMIT_REACHED" | "GRACE" | "VALID";
                readonly ok: boolean;
                readonly detail: string;
            }[];
            readonly nonce?: string | number;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly asOf: string;
        };
        readonly Webhook: {
            readonly id: string;
            readonly url: string;
            readonly description: string | null;
            readonly types: readonly ("license.created" | "license.activated" | "license.deactivated" | "license.suspended" | "license.reinstated" | "license.renewed" | "license.expired" | "license.revoked" | "license.updated" | "license.transferred" | "license.file-issued" | "license.usage-limit-reached" | "license.expiring" | "license.usage-warning" | "license.activation-refused" | "key.finding" | "webhook.test")[];
            readonly signatures: readonly ("v1" | "v1a")[];
            /** @description `whpk_…`, for `v1a`. */
            readonly publicKey: string | null;
            readonly enabled: boolean;
            /** @description `manual`: by PATCH. `failing`: after five days of failures. `gone`: it answered 410. After the last two, its deliveries are held for 30 days. */
            readonly disabledReason: ("manual" | "failing" | "gone") | null;
            /** @description The first failure since the last success. */
            readonly failingSince: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly createdAt: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly updatedAt: string;
        };
        readonly WebhookDelivery: {
            /** @description The `webhook-id`, also of a redelivery or replay. */
            readonly id: string;
            readonly webhookId: string;
            readonly type: string;
            readonly licenseId: string | null;
            /** @description The event's sequence. Null: the delivery isn't about an event. */
            readonly sequence: number | null;
            /** @enum {string} */
            readonly state: "pending" | "held" | "delivered" | "exhausted";
            readonly attempts: readonly {
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC.
                 */
                readonly at: string;
                readonly status: number | null;
                readonly durationMs: number;
                /** @description The reason why no answer came. */
                readonly error: string | null;
            }[];
            readonly nextAttemptAt: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly createdAt: string;
            readonly deliveredAt: string | null;
        };
        readonly WebhooksCreateBody: {
            /** @description An https address on port 443 whose name resolves to public addresses only. */
            readonly url: string;
            readonly description?: string | null;
            readonly types?: readonly ("license.created" | "license.activated" | "license.deactivated" | "license.suspended" | "license.reinstated" | "license.renewed" | "license.expired" | "license.revoked" | "license.updated" | "license.transferred" | "license.file-issued" | "license.usage-limit-reached" | "license.expiring" | "license.usage-warning" | "license.activation-refused" | "key.finding" | "webhook.test")[] | null;
            /** @description `v1`: HMAC-SHA256 by the secret. `v1a`: Ed25519 by a key of the webhook's own, whose public half is `publicKey`. */
            readonly signatures?: readonly ("v1" | "v1a")[];
            readonly enabled?: boolean;
        };
        readonly WebhooksCreateReply: {
            readonly id: string;
            readonly url: string;
            readonly description: string | null;
            readonly types: readonly ("license.created" | "license.activated" | "license.deactivated" | "license.suspended" | "license.reinstated" | "license.renewed" | "license.expired" | "license.revoked" | "license.updated" | "license.transferred" | "license.file-issued" | "license.usage-limit-reached" | "license.expiring" | "license.usage-warning" | "license.activation-refused" | "key.finding" | "webhook.test")[];
            readonly signatures: readonly ("v1" | "v1a")[];
            /** @description `whpk_…`, for `v1a`. */
            readonly publicKey: string | null;
            readonly enabled: boolean;
            /** @description `manual`: by PATCH. `failing`: after five days of failures. `gone`: it answered 410. After the last two, its deliveries are held for 30 days. */
            readonly disabledReason: ("manual" | "failing" | "gone") | null;
            /** @description The first failure since the last success. */
            readonly failingSince: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly createdAt: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly updatedAt: string;
            /** @description `whsec_…`, shown once. Null if a replay can't open it any more. */
            readonly secret: string | null;
        };
        readonly WebhooksListDeliveriesReply: {
            readonly data: readonly components["schemas"]["WebhookDelivery"][];
            readonly pagination: {
                readonly hasMore: boolean;
                readonly nextCursor: string | null;
            };
        };
        readonly WebhooksListReply: {
            readonly data: readonly components["schemas"]["Webhook"][];
            readonly pagination: {
                readonly hasMore: boolean;
                readonly nextCursor: string | null;
            };
        };
        readonly WebhooksRedeliverReply: {
            readonly delivery: components["schemas"]["WebhookDelivery"];
        };
        readonly WebhooksReplayBody: {
            /**
             * Format: date-time
             * @description RFC 3339 with an offset.
             */
            readonly after: string;
            /**
             * Format: date-time
             * @description RFC 3339 with an offset.
             */
            readonly before?: string;
            /** @description Default: the types of events that the webhook asks for. */
            readonly types?: readonly ("license.created" | "license.activated" | "license.deactivated" | "license.suspended" | "license.reinstated" | "license.renewed" | "license.expired" | "license.revoked" | "license.updated" | "license.transferred" | "license.file-issued" | "license.usage-limit-reached")[];
        };
        readonly WebhooksReplayReply: {
            readonly count: number;
        };
        readonly WebhooksRotateSecretReply: {
            readonly id: string;
            readonly url: string;
            readonly description: string | null;
            readonly types: readonly ("license.created" | "license.activated" | "license.deactivated" | "license.suspended" | "license.reinstated" | "license.renewed" | "license.expired" | "license.revoked" | "license.updated" | "license.transferred" | "license.file-issued" | "license.usage-limit-reached" | "license.expiring" | "license.usage-warning" | "license.activation-refused" | "key.finding" | "webhook.test")[];
            readonly signatures: readonly ("v1" | "v1a")[];
            /** @description `whpk_…`, for `v1a`. */
            readonly publicKey: string | null;
            readonly enabled: boolean;
            /** @description `manual`: by PATCH. `failing`: after five days of failures. `gone`: it answered 410. After the last two, its deliveries are held for 30 days. */
            readonly disabledReason: ("manual" | "failing" | "gone") | null;
            /** @description The first failure since the last success. */
            readonly failingSince: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly createdAt: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            readonly updatedAt: string;
            /** @description `whsec_…`, shown once. Null if a replay can't open it any more. */
            readonly secret: string | null;
        };
        readonly WebhooksTestReply: {
            readonly delivery: components["schemas"]["WebhookDelivery"];
        };
        readonly WebhooksUpdateBody: {
            /** @description An https address on port 443 whose name resolves to public addresses only. */
            readonly url?: string;
            readonly description?: string | null;
            readonly types?: readonly ("license.created" | "license.activated" | "license.deactivated" | "license.suspended" | "license.reinstated" | "license.renewed" | "license.expired" | "license.revoked" | "license.updated" | "license.transferred" | "license.file-issued" | "license.usage-limit-reached" | "license.expiring" | "license.usage-warning" | "license.activation-refused" | "key.finding" | "webhook.test")[] | null;
            /** @description `v1`: HMAC-SHA256 by the secret. `v1a`: Ed25519 by a key of the webhook's own, whose public half is `publicKey`. */
            readonly signatures?: readonly ("v1" | "v1a")[];
            readonly enabled?: boolean;
        };
        /** @description A problem (RFC 9457). The page at `type` explains it. */
        readonly Problem: {
            /** Format: uri */
            readonly type: string;
            readonly title: string;
            readonly status: number;
            /** @description What is wrong, and what to do. */
            readonly detail: string;
            /** Format: uri */
            readonly instance: string;
            /** @enum {string} */
            readonly code: "malformed-request" | "unauthenticated" | "permission-denied" | "not-found" | "license-not-found" | "policy-not-found" | "activation-not-found" | "meter-not-found" | "key-not-found" | "webhook-not-found" | "delivery-not-found" | "method-not-allowed" | "payload-too-large" | "unsupported-media-type" | "license-suspended" | "license-revoked" | "license-expired" | "license-not-started" | "license-started" | "license-not-suspended" | "license-not-renewable" | "activation-limit-reached" | "usage-limit-reached" | "release-limit-reached" | "file-not-allowed" | "trial-already-used" | "policy-retired" | "policy-code-taken" | "key-taken" | "rules-full" | "rules-need-an-administrator" | "key-last-active" | "webhook-disabled" | "webhook-untested" | "replay-running" | "sequence-mismatch" | "idempotency-mismatch" | "rate-limited" | "dependency-unavailable" | "outcome-unknown" | "license-contended" | "internal";
            readonly requestId: string;
            /** @description Each fault of the request. */
            readonly errors?: readonly {
                readonly pointer: string;
                readonly detail: string;
            }[];
            readonly statusCode: number;
            readonly message: string;
            readonly messageCode: string;
            /** @description `activation-limit-reached`: the seats in use, and the limit. */
            readonly seats?: {
                readonly used: number;
                readonly limit: number | null;
            };
            /** @description `activation-limit-reached`: the machines that hold a seat, with masked fingerprints. */
            readonly holders?: readonly {
                readonly activationId: string;
                readonly fingerprint: string;
                readonly name: string | null;
                /** Format: date-time */
                readonly lastSeenAt: string;
            }[];
            /** @description `usage-limit-reached`: as in the answer to a granted use. */
            readonly meter?: string;
            /** @description `usage-limit-reached`: as in the answer to a granted use. */
            readonly used?: number;
            /** @description `usage-limit-reached`: as in the answer to a granted use. */
            readonly limit?: number | null;
            /** @description `usage-limit-reached`: as in the answer to a granted use. */
            readonly remaining?: number | null;
            /**
             * Format: date-time
             * @description `usage-limit-reached`: as in the answer to a granted use.
             */
            readonly periodEndsAt?: string | null;
            /** @description `release-limit-reached`: how many seats were freed in the policy's period, how many may be, and when the first of them no longer counts. */
            readonly releases?: {
                readonly used: number;
                readonly limit: number;
                readonly period: string;
                /** Format: date-time */
                readonly nextAt: string | null;
            };
        };
    };
    responses: {
        /** @description `malformed-request`: The request is malformed. */
        readonly MalformedRequest: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not-found`: Not found. */
        readonly NotFound: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `internal`: An error in the service. */
        readonly Internal: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `dependency-unavailable`: A dependency of the service does not answer. */
        readonly DependencyUnavailable: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unauthenticated`: No valid credential. */
        readonly Unauthenticated: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `rate-limited`: Too many requests. */
        readonly RateLimited: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `permission-denied`: The caller may not do this. */
        readonly PermissionDenied: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `payload-too-large`: The body is too large. */
        readonly PayloadTooLarge: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unsupported-media-type`: The body is not JSON. */
        readonly UnsupportedMediaType: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `policy-code-taken`: The policy code is taken. */
        readonly PolicyCodeTaken: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `idempotency-mismatch`: The idempotency key was used for another request. */
        readonly IdempotencyMismatch: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `dependency-unavailable`: A dependency of the service does not answer. `outcome-unknown`: The outcome of the change is unknown. */
        readonly PoliciesCreateUnavailable: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not-found`: Not found. `policy-not-found`: No such policy. */
        readonly PoliciesReadNotFound: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `policy-retired`: The policy is retired. */
        readonly PolicyRetired: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `trial-already-used`: The holder has already had this trial. `policy-retired`: The policy is retired. `key-taken`: The license key is taken. */
        readonly LicensesIssueConflict: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `dependency-unavailable`: A dependency of the service does not answer. `outcome-unknown`: The outcome of the change is unknown. `license-contended`: The license is busy. */
        readonly LicensesIssueUnavailable: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not-found`: Not found. `license-not-found`: No such license. */
        readonly LicensesValidateNotFound: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not-found`: Not found. `license-not-found`: No such license. `policy-not-found`: No such policy. */
        readonly LicensesUpdateNotFound: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `license-revoked`: The license is revoked. `license-started`: The license has started. `activation-limit-reached`: Every seat is taken. `trial-already-used`: The holder has already had this trial. `policy-retired`: The policy is retired. */
        readonly LicensesUpdateConflict: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `sequence-mismatch`: The license has changed. */
        readonly SequenceMismatch: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `license-suspended`: The license is suspended. `license-revoked`: The license is revoked. */
        readonly LicensesSuspendConflict: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `license-revoked`: The license is revoked. `license-not-suspended`: The license is not suspended. */
        readonly LicensesReinstateConflict: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `license-revoked`: The license is revoked. `license-not-renewable`: The license cannot be renewed. */
        readonly LicensesRenewConflict: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `license-revoked`: The license is revoked. */
        readonly LicenseRevoked: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `license-revoked`: The license is revoked. `trial-already-used`: The holder has already had this trial. */
        readonly LicensesTransferConflict: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `release-limit-reached`: The license's own key and holder may free no more seats now. */
        readonly ReleaseLimitReached: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `license-suspended`: The license is suspended. `license-revoked`: The license is revoked. `license-expired`: The license has expired. `license-not-started`: The license has not started. `activation-limit-reached`: Every seat is taken. `file-not-allowed`: The policy allows no license files. `trial-already-used`: The holder has already had this trial. */
        readonly LicensesFileConflict: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not-found`: Not found. `license-not-found`: No such license. `meter-not-found`: The license has no such meter. */
        readonly UsageConsumeNotFound: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `license-suspended`: The license is suspended. `license-revoked`: The license is revoked. `license-expired`: The license has expired. `license-not-started`: The license has not started. `usage-limit-reached`: The meter has no room for this use. */
        readonly UsageConsumeConflict: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `license-revoked`: The license is revoked. `license-not-started`: The license has not started. */
        readonly UsageCorrectConflict: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not-found`: Not found. `license-not-found`: No such license. `activation-not-found`: No such activation. */
        readonly ActivationsActivateNotFound: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `license-suspended`: The license is suspended. `license-revoked`: The license is revoked. `license-expired`: The license has expired. `license-not-started`: The license has not started. `activation-limit-reached`: Every seat is taken. `release-limit-reached`: The license's own key and holder may free no more seats now. `trial-already-used`: The holder has already had this trial. */
        readonly ActivationsActivateConflict: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not-found`: Not found. `activation-not-found`: No such activation. */
        readonly ActivationsReadNotFound: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `license-suspended`: The license is suspended. `license-revoked`: The license is revoked. `license-expired`: The license has expired. `license-not-started`: The license has not started. */
        readonly ActivationsHeartbeatConflict: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not-found`: Not found. `key-not-found`: No such signing key. */
        readonly KeysCompromiseNotFound: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `key-last-active`: No other signing key could sign. */
        readonly KeyLastActive: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `rules-full`: There are too many rules. `rules-need-an-administrator`: The caller would lose access. */
        readonly AccessCreatePolicyDefinitionConflict: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `rules-need-an-administrator`: The caller would lose access. */
        readonly RulesNeedAnAdministrator: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not-found`: Not found. `webhook-not-found`: No such webhook. */
        readonly WebhooksReadNotFound: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `webhook-disabled`: The webhook is disabled. */
        readonly WebhookDisabled: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `webhook-disabled`: The webhook is disabled. `webhook-untested`: No test of the webhook has succeeded. `replay-running`: A replay is under way. */
        readonly WebhooksReplayConflict: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not-found`: Not found. `delivery-not-found`: No such delivery. */
        readonly WebhooksRedeliverNotFound: {
            headers: {
                readonly "X-Request-ID": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
        readonly RequestId: string;
        /** @description W3C Trace Context, passed on. */
        readonly Traceparent: string;
        /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
        readonly IdempotencyKey: string;
        /** @description The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any. */
        readonly IfMatch: string;
        /** @description The ETag of your copy, or a list of ETags. If the current ETag is among them, the answer is 304. */
        readonly IfNoneMatch: string;
    };
    requestBodies: never;
    headers: {
        /** @description Names this request in logs, problems and events. */
        readonly RequestId: string;
        /** @description `no-store`, except for answers that are the same for every caller. */
        readonly CacheControl: string;
        /** @description For a license: its sequence. For a document: a digest of its bytes. */
        readonly ETag: string;
        /** @description Where the new resource is. */
        readonly Location: string;
        /** @description `true` when this is the stored answer. */
        readonly IdempotentReplayed: "true";
        /** @description The number of items on this page. */
        readonly ResponseCount: string;
        /** @description The next page: `rel="next"` (RFC 8288). */
        readonly Link: string;
        /** @description The rest of the limit that is nearest to exhaustion. */
        readonly RateLimit: string;
        /** @description The limits that apply. */
        readonly RateLimitPolicy: string;
        /** @description Seconds to wait. */
        readonly RetryAfter: string;
        /** @description The name of the CSV file. */
        readonly ContentDisposition: string;
        /** @description The state of the new certificate, if the license was changed. */
        readonly CertificateState: "published" | "pending" | "skipped";
        /** @description Until when the machine's license file still works. */
        readonly FilesUntil: string;
        /** @description The accepted schemes. */
        readonly WwwAuthenticate: string;
    };
    pathItems: never;
};
export type AccessCreateCredentialBody = components['schemas']['AccessCreateCredentialBody'];
export type AccessCreateCredentialReply = components['schemas']['AccessCreateCredentialReply'];
export type AccessCreatePolicyDefinitionBody = components['schemas']['AccessCreatePolicyDefinitionBody'];
export type AccessListCredentialsReply = components['schemas']['AccessListCredentialsReply'];
export type AccessListPolicyDefinitionsReply = components['schemas']['AccessListPolicyDefinitionsReply'];
export type Activation = components['schemas']['Activation'];
export type ActivationsActivateBody = components['schemas']['ActivationsActivateBody'];
export type ActivationsActivateReply = components['schemas']['ActivationsActivateReply'];
export type ActivationsHeartbeatReply = components['schemas']['ActivationsHeartbeatReply'];
export type ActivationsListOfLicenseReply = components['schemas']['ActivationsListOfLicenseReply'];
export type ActivationsListReply = components['schemas']['ActivationsListReply'];
export type ActivationsRenameBody = components['schemas']['ActivationsRenameBody'];
export type ActivationsRenameReply = components['schemas']['ActivationsRenameReply'];
export type ApplyReport = components['schemas']['ApplyReport'];
export type ConsoleConfigReply = components['schemas']['ConsoleConfigReply'];
export type Consumed = components['schemas']['Consumed'];
export type Credential = components['schemas']['Credential'];
export type EventsListOfLicenseReply = components['schemas']['EventsListOfLicenseReply'];
export type EventsListReply = components['schemas']['EventsListReply'];
export type HealthLiveReply = components['schemas']['HealthLiveReply'];
export type HealthReadyReply = components['schemas']['HealthReadyReply'];
export type Json = components['schemas']['Json'];
export type KeyCheck = components['schemas']['KeyCheck'];
export type KeysCheckReply = components['schemas']['KeysCheckReply'];
export type KeysCompromiseReply = components['schemas']['KeysCompromiseReply'];
export type KeysJwksReply = components['schemas']['KeysJwksReply'];
export type KeysListReply = components['schemas']['KeysListReply'];
export type License = components['schemas']['License'];
export type LicenseEvent = components['schemas']['LicenseEvent'];
export type LicensesFileBody = components['schemas']['LicensesFileBody'];
export type LicensesFileReply = components['schemas']['LicensesFileReply'];
export type LicensesFindBody = components['schemas']['LicensesFindBody'];
export type LicensesFindReply = components['schemas']['LicensesFindReply'];
export type LicensesIssueBody = components['schemas']['LicensesIssueBody'];
export type LicensesIssueReply = components['schemas']['LicensesIssueReply'];
export type LicensesListReply = components['schemas']['LicensesListReply'];
export type LicensesPublishReply = components['schemas']['LicensesPublishReply'];
export type LicensesReinstateBody = components['schemas']['LicensesReinstateBody'];
export type LicensesReinstateReply = components['schemas']['LicensesReinstateReply'];
export type LicensesReleaseSeatsBody = components['schemas']['LicensesReleaseSeatsBody'];
export type LicensesReleaseSeatsReply = components['schemas']['LicensesReleaseSeatsReply'];
export type LicensesRenewBody = components['schemas']['LicensesRenewBody'];
export type LicensesRenewReply = components['schemas']['LicensesRenewReply'];
export type LicensesRevokeBody = components['schemas']['LicensesRevokeBody'];
export type LicensesRevokeReply = components['schemas']['LicensesRevokeReply'];
export type LicensesRotateKeyBody = components['schemas']['LicensesRotateKeyBody'];
export type LicensesRotateKeyReply = components['schemas']['LicensesRotateKeyReply'];
export type LicensesSuspendBody = components['schemas']['LicensesSuspendBody'];
export type LicensesSuspendReply = components['schemas']['LicensesSuspendReply'];
export type LicensesTransferBody = components['schemas']['LicensesTransferBody'];
export type LicensesTransferReply = components['schemas']['LicensesTransferReply'];
export type LicensesUpdateBody = components['schemas']['LicensesUpdateBody'];
export type LicensesUpdateReply = components['schemas']['LicensesUpdateReply'];
export type LicensesValidateBody = components['schemas']['LicensesValidateBody'];
export type Me = components['schemas']['Me'];
export type MeterUsage = components['schemas']['MeterUsage'];
export type PeriodUsage = components['schemas']['PeriodUsage'];
export type PoliciesCreateBody = components['schemas']['PoliciesCreateBody'];
export type PoliciesListReply = components['schemas']['PoliciesListReply'];
export type PoliciesUpdateBody = components['schemas']['PoliciesUpdateBody'];
export type Policy = components['schemas']['Policy'];
export type PolicyDefinition = components['schemas']['PolicyDefinition'];
export type Publication = components['schemas']['Publication'];
export type ReferenceOpenapiReply = components['schemas']['ReferenceOpenapiReply'];
export type ReferenceProblemReply = components['schemas']['ReferenceProblemReply'];
export type SigningKey = components['schemas']['SigningKey'];
export type Statistics = components['schemas']['Statistics'];
export type UsageConsumeBody = components['schemas']['UsageConsumeBody'];
export type UsageCorrectBody = components['schemas']['UsageCorrectBody'];
export type UsageCorrectReply = components['schemas']['UsageCorrectReply'];
export type UsageListOfLicenseReply = components['schemas']['UsageListOfLicenseReply'];
export type UsageListReply = components['schemas']['UsageListReply'];
export type Validation = components['schemas']['Validation'];
export type Webhook = components['schemas']['Webhook'];
export type WebhookDelivery = components['schemas']['WebhookDelivery'];
export type WebhooksCreateBody = components['schemas']['WebhooksCreateBody'];
export type WebhooksCreateReply = components['schemas']['WebhooksCreateReply'];
export type WebhooksListDeliveriesReply = components['schemas']['WebhooksListDeliveriesReply'];
export type WebhooksListReply = components['schemas']['WebhooksListReply'];
export type WebhooksRedeliverReply = components['schemas']['WebhooksRedeliverReply'];
export type WebhooksReplayBody = components['schemas']['WebhooksReplayBody'];
export type WebhooksReplayReply = components['schemas']['WebhooksReplayReply'];
export type WebhooksRotateSecretReply = components['schemas']['WebhooksRotateSecretReply'];
export type WebhooksTestReply = components['schemas']['WebhooksTestReply'];
export type WebhooksUpdateBody = components['schemas']['WebhooksUpdateBody'];
export type Problem = components['schemas']['Problem'];
export type $defs = Record<string, never>;
export interface operations {
    readonly healthLive: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The process answers. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/health+json": components["schemas"]["HealthLiveReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 404: components["responses"]["NotFound"];
            readonly 500: components["responses"]["Internal"];
        };
    };
    readonly healthReady: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Every part works. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/health+json": components["schemas"]["HealthReadyReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 404: components["responses"]["NotFound"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly keysJwks: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The ETag of your copy, or a list of ETags. If the current ETag is among them, the answer is 304. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A JWK Set (RFC 7517). */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["KeysJwksReply"];
                };
            };
            /** @description Your copy of the set is current. */
            readonly 304: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 404: components["responses"]["NotFound"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly referenceOpenapi: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The ETag of your copy, or a list of ETags. If the current ETag is among them, the answer is 304. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The document. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ReferenceOpenapiReply"];
                };
            };
            /** @description Your copy is current. */
            readonly 304: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 404: components["responses"]["NotFound"];
            readonly 500: components["responses"]["Internal"];
        };
    };
    readonly referenceDocs: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The ETag of your copy, or a list of ETags. If the current ETag is among them, the answer is 304. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The page. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/html; charset=utf-8": string;
                };
            };
            /** @description Your copy is current. */
            readonly 304: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 404: components["responses"]["NotFound"];
            readonly 500: components["responses"]["Internal"];
        };
    };
    readonly referenceAsset: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The ETag of your copy, or a list of ETags. If the current ETag is among them, the answer is 304. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description The script's name. */
                readonly asset: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The script, compressed. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/javascript; charset=utf-8": string;
                };
            };
            /** @description Your copy is current. */
            readonly 304: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 404: components["responses"]["NotFound"];
            readonly 500: components["responses"]["Internal"];
        };
    };
    readonly referenceProblem: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A problem's code. */
                readonly type: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The problem. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ReferenceProblemReply"];
                    readonly "text/html": string;
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 404: components["responses"]["NotFound"];
            readonly 500: components["responses"]["Internal"];
        };
    };
    readonly consolePage: {
        readonly parameters: {
            readonly query?: {
                readonly code?: string;
                readonly state?: string;
                readonly iss?: string;
                readonly session_state?: string;
                readonly error?: string;
                readonly error_description?: string;
                readonly error_uri?: string;
                /** @description Parameters that the identity provider adds. They are ignored. */
                readonly others?: {
                    readonly [key: string]: string;
                };
            };
            readonly header?: {
                /** @description The ETag of your copy, or a list of ETags. If the current ETag is among them, the answer is 304. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The page. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/html; charset=utf-8": string;
                };
            };
            /** @description Your copy is current. */
            readonly 304: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 404: components["responses"]["NotFound"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly consoleAsset: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The ETag of your copy, or a list of ETags. If the current ETag is among them, the answer is 304. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                readonly asset: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The part. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/javascript; charset=utf-8": string;
                    readonly "text/css; charset=utf-8": string;
                    readonly "image/svg+xml": string;
                };
            };
            /** @description Your copy is current. */
            readonly 304: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 404: components["responses"]["NotFound"];
            readonly 500: components["responses"]["Internal"];
        };
    };
    readonly consoleConfig: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The settings. Without `endpoints` the provider's discovery document has them. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ConsoleConfigReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 404: components["responses"]["NotFound"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly accessMe: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The caller and its rights. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Me"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 404: components["responses"]["NotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly policiesList: {
        readonly parameters: {
            readonly query?: {
                /** @description The most items of a page: 1 to 100. */
                readonly limit?: number;
                /** @description The `nextCursor` of the previous page. */
                readonly cursor?: string;
            };
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The policies, newest first, including retired ones. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "X-Response-Count": components["headers"]["ResponseCount"];
                    readonly Link: components["headers"]["Link"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PoliciesListReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly policiesCreate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PoliciesCreateBody"];
            };
        };
        readonly responses: {
            /** @description The policy; `Location` names it. */
            readonly 201: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly Location: components["headers"]["Location"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Policy"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 409: components["responses"]["PolicyCodeTaken"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly policiesRead: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description The policy's id or code. */
                readonly policyId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The policy, retired or not. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Policy"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["PoliciesReadNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly policiesRetire: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description The policy's id or code. */
                readonly policyId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The policy is retired, now or before. */
            readonly 204: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["PoliciesReadNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly policiesUpdate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description The policy's id or code. */
                readonly policyId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PoliciesUpdateBody"];
            };
        };
        readonly responses: {
            /** @description The policy as it is now. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Policy"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["PoliciesReadNotFound"];
            readonly 409: components["responses"]["PolicyRetired"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly policiesReinstate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description The policy's id or code. */
                readonly policyId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            /** @description The policy. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Policy"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["PoliciesReadNotFound"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly policiesApply: {
        readonly parameters: {
            readonly query?: {
                readonly dryRun?: boolean;
                /** @description The `nextCursor` of the previous page. */
                readonly cursor?: string;
                /** @description The most licenses that this call examines. */
                readonly limit?: number;
            };
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description The policy's id or code. */
                readonly policyId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            /** @description The report of this call, and the cursor to continue with. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "X-Response-Count": components["headers"]["ResponseCount"];
                    readonly Link: components["headers"]["Link"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ApplyReport"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["PoliciesReadNotFound"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly licensesList: {
        readonly parameters: {
            readonly query?: {
                /** @description The most items of a page: 1 to 100. */
                readonly limit?: number;
                /** @description The `nextCursor` of the previous page. */
                readonly cursor?: string;
                /** @description `csv`: RFC 4180 with a header row. */
                readonly format?: "json" | "csv";
                /** @description The effective status at the time of the answer. */
                readonly status?: "ACTIVATED" | "SUSPENDED" | "EXPIRED" | "REVOKED";
                /** @description The kind of holder. */
                readonly holderType?: string;
                /** @description The holder's id, as the identity system knows it. Without blanks at its ends. */
                readonly holderId?: string;
                /** @description The policy's id or code. */
                readonly policy?: string;
                /** @description Expires before this instant. */
                readonly expiresBefore?: string;
                /** @description Expires at this instant or later. */
                readonly expiresAfter?: string;
                /** @description A whole key in any spelling, a license's id, a key's last five symbols, a machine's fingerprint, or a part of the name or of the holder's id that has three letters or digits in a row. Other texts must be the whole name or holder's id. */
                readonly search?: string;
                /** @description Only licenses without a free seat. */
                readonly full?: "true";
                /** @description `-`: descending. Licenses without an expiry come last in both directions of `expiresAt`. */
                readonly sort?: "createdAt" | "-createdAt" | "expiresAt" | "-expiresAt";
                /** @description `metadata.<name>=<value>`: the member's text, such as `A-1042`, `true` or `5`; up to 3. */
                readonly metadata?: {
                    readonly [key: string]: string;
                };
            };
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The licenses. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "X-Response-Count": components["headers"]["ResponseCount"];
                    readonly Link: components["headers"]["Link"];
                    readonly "Content-Disposition": components["headers"]["ContentDisposition"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LicensesListReply"];
                    readonly "text/csv": string;
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly licensesIssue: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["LicensesIssueBody"];
            };
        };
        readonly responses: {
            /** @description The license, its key and its certificate. */
            readonly 201: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly Location: components["headers"]["Location"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LicensesIssueReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["PoliciesReadNotFound"];
            readonly 409: components["responses"]["LicensesIssueConflict"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly licensesFind: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["LicensesFindBody"];
            };
        };
        readonly responses: {
            /** @description The licenses, best first, at most 20. `matchedBy` names the part of the license that the text matched. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LicensesFindReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly licensesValidate: {
        readonly parameters: {
            readonly query?: {
                /** @description `true` answers the question and changes nothing: no seat is taken, no usage is consumed, `lastValidatedAt` stays. Requires license:read instead of license:validate. */
                readonly dryRun?: boolean;
            };
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["LicensesValidateBody"];
            };
        };
        readonly responses: {
            /** @description Whether the license may be used, and why. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Validation"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly licensesRead: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The ETag of your copy, or a list of ETags. If the current ETag is among them, the answer is 304. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The license. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["License"];
                };
            };
            /** @description `If-None-Match` names its sequence, and neither its status nor its seats have changed by time since. */
            readonly 304: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly licensesUpdate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any. */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["LicensesUpdateBody"];
            };
        };
        readonly responses: {
            /** @description The license and its certificate. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LicensesUpdateReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesUpdateNotFound"];
            readonly 409: components["responses"]["LicensesUpdateConflict"];
            readonly 412: components["responses"]["SequenceMismatch"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly licensesSuspend: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any. */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["LicensesSuspendBody"];
            };
        };
        readonly responses: {
            /** @description The license and its new certificate. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LicensesSuspendReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 409: components["responses"]["LicensesSuspendConflict"];
            readonly 412: components["responses"]["SequenceMismatch"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly licensesReinstate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any. */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["LicensesReinstateBody"];
            };
        };
        readonly responses: {
            /** @description The license and its new certificate. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LicensesReinstateReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 409: components["responses"]["LicensesReinstateConflict"];
            readonly 412: components["responses"]["SequenceMismatch"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly licensesRenew: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any. */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["LicensesRenewBody"];
            };
        };
        readonly responses: {
            /** @description The license and its new certificate. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LicensesRenewReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 409: components["responses"]["LicensesRenewConflict"];
            readonly 412: components["responses"]["SequenceMismatch"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly licensesRevoke: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any. */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["LicensesRevokeBody"];
            };
        };
        readonly responses: {
            /** @description The license and its new certificate. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LicensesRevokeReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 409: components["responses"]["LicenseRevoked"];
            readonly 412: components["responses"]["SequenceMismatch"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly licensesRotateKey: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any. */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["LicensesRotateKeyBody"];
            };
        };
        readonly responses: {
            /** @description The license, its new key and its certificate. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LicensesRotateKeyReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 409: components["responses"]["LicenseRevoked"];
            readonly 412: components["responses"]["SequenceMismatch"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly licensesTransfer: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any. */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["LicensesTransferBody"];
            };
        };
        readonly responses: {
            /** @description The license, its new key, which only this answer shows, and its certificate. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LicensesTransferReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 409: components["responses"]["LicensesTransferConflict"];
            readonly 412: components["responses"]["SequenceMismatch"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly licensesReleaseSeats: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any. */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["LicensesReleaseSeatsBody"];
            };
        };
        readonly responses: {
            /** @description The license, how many machines held a seat, and its certificate. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LicensesReleaseSeatsReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 409: components["responses"]["ReleaseLimitReached"];
            readonly 412: components["responses"]["SequenceMismatch"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly licensesCertificate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The ETag of your copy, or a list of ETags. If the current ETag is among them, the answer is 304. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The certificate, or the license file. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/jose": string;
                    readonly "application/x-license-file": string;
                };
            };
            /** @description Your copy is current. */
            readonly 304: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly licensesPublish: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            /** @description The license and its fresh certificate. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LicensesPublishReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly licensesFile: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any. */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["LicensesFileBody"];
            };
        };
        readonly responses: {
            /** @description The license file. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly "X-Certificate-State": components["headers"]["CertificateState"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LicensesFileReply"];
                    readonly "application/x-license-file": string;
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 409: components["responses"]["LicensesFileConflict"];
            readonly 412: components["responses"]["SequenceMismatch"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly activationsListOfLicense: {
        readonly parameters: {
            readonly query?: {
                /** @description The most items of a page: 1 to 100. */
                readonly limit?: number;
                /** @description The `nextCursor` of the previous page. */
                readonly cursor?: string;
                /** @description `csv`: RFC 4180 with a header row. */
                readonly format?: "json" | "csv";
                /** @description The machine's stable, opaque identity. */
                readonly fingerprint?: string;
                /** @description `live`: holds its seat now. `freed`: was freed, or its lease has run out. */
                readonly state?: "live" | "freed";
            };
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The activations. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "X-Response-Count": components["headers"]["ResponseCount"];
                    readonly Link: components["headers"]["Link"];
                    readonly "Content-Disposition": components["headers"]["ContentDisposition"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActivationsListOfLicenseReply"];
                    readonly "text/csv": string;
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly eventsListOfLicense: {
        readonly parameters: {
            readonly query?: {
                /** @description The most items of a page: 1 to 100. */
                readonly limit?: number;
                /** @description The `nextCursor` of the previous page. */
                readonly cursor?: string;
                /** @description `csv`: RFC 4180 with a header row. */
                readonly format?: "json" | "csv";
                readonly type?: "created" | "activated" | "deactivated" | "suspended" | "reinstated" | "renewed" | "expired" | "revoked" | "updated" | "transferred" | "file-issued" | "usage-limit-reached";
                /** @description The actor: an id, or `type:id`. */
                readonly actor?: string;
                /** @description Made at this instant or later. */
                readonly after?: string;
                /** @description Made before this instant. */
                readonly before?: string;
                /** @description `-sequence`: the latest first. Without it they come in the order of their chain. */
                readonly sort?: "sequence" | "-sequence";
            };
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The events. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "X-Response-Count": components["headers"]["ResponseCount"];
                    readonly Link: components["headers"]["Link"];
                    readonly "Content-Disposition": components["headers"]["ContentDisposition"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["EventsListOfLicenseReply"];
                    readonly "text/csv": string;
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly usageListOfLicense: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The meters. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["UsageListOfLicenseReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["LicensesValidateNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly usageConsume: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["UsageConsumeBody"];
            };
        };
        readonly responses: {
            /** @description The meter after the use. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Consumed"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["UsageConsumeNotFound"];
            readonly 409: components["responses"]["UsageConsumeConflict"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly usageCorrect: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any. */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly licenseId: string;
                /** @description A feature's code. */
                readonly meter: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["UsageCorrectBody"];
            };
        };
        readonly responses: {
            /** @description The license, its certificate and the meter. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["UsageCorrectReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["UsageConsumeNotFound"];
            readonly 409: components["responses"]["UsageCorrectConflict"];
            readonly 412: components["responses"]["SequenceMismatch"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly usageList: {
        readonly parameters: {
            readonly query?: {
                /** @description The most items of a page: 1 to 100. */
                readonly limit?: number;
                /** @description The `nextCursor` of the previous page. */
                readonly cursor?: string;
                /** @description `csv`: RFC 4180 with a header row. */
                readonly format?: "json" | "csv";
                /** @description Periods that began in this month (UTC). */
                readonly period?: string;
            };
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The usage. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "X-Response-Count": components["headers"]["ResponseCount"];
                    readonly Link: components["headers"]["Link"];
                    readonly "Content-Disposition": components["headers"]["ContentDisposition"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["UsageListReply"];
                    readonly "text/csv": string;
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly activationsList: {
        readonly parameters: {
            readonly query?: {
                /** @description The most items of a page: 1 to 100. */
                readonly limit?: number;
                /** @description The `nextCursor` of the previous page. */
                readonly cursor?: string;
                /** @description `csv`: RFC 4180 with a header row. */
                readonly format?: "json" | "csv";
                /** @description The machine's stable, opaque identity. */
                readonly fingerprint?: string;
                /** @description `live`: holds its seat now. `freed`: was freed, or its lease has run out. */
                readonly state?: "live" | "freed";
                /** @description A snowflake id as a decimal string. */
                readonly licenseId?: string;
            };
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The activations. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "X-Response-Count": components["headers"]["ResponseCount"];
                    readonly Link: components["headers"]["Link"];
                    readonly "Content-Disposition": components["headers"]["ContentDisposition"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActivationsListReply"];
                    readonly "text/csv": string;
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly activationsActivate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any. */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ActivationsActivateBody"];
            };
        };
        readonly responses: {
            /** @description The fingerprint already has this seat. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActivationsActivateReply"];
                };
            };
            /** @description A seat was taken. */
            readonly 201: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly Location: components["headers"]["Location"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActivationsActivateReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["ActivationsActivateNotFound"];
            readonly 409: components["responses"]["ActivationsActivateConflict"];
            readonly 412: components["responses"]["SequenceMismatch"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly activationsRead: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly activationId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The activation, live or freed. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Activation"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["ActivationsReadNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly activationsDeactivate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any. */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly activationId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The seat is free. */
            readonly 204: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly "X-Certificate-State": components["headers"]["CertificateState"];
                    readonly "X-Files-Until": components["headers"]["FilesUntil"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["ActivationsReadNotFound"];
            readonly 409: components["responses"]["ReleaseLimitReached"];
            readonly 412: components["responses"]["SequenceMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly activationsRename: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any. */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly activationId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ActivationsRenameBody"];
            };
        };
        readonly responses: {
            /** @description The seat, its license and its certificate. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActivationsRenameReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["ActivationsReadNotFound"];
            readonly 412: components["responses"]["SequenceMismatch"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly activationsHeartbeat: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly activationId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            /** @description The end of the seat's lease; null: the seat is kept until it is freed. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActivationsHeartbeatReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["ActivationsReadNotFound"];
            readonly 409: components["responses"]["ActivationsHeartbeatConflict"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["LicensesIssueUnavailable"];
        };
    };
    readonly eventsList: {
        readonly parameters: {
            readonly query?: {
                /** @description The most items of a page: 1 to 100. */
                readonly limit?: number;
                /** @description The `nextCursor` of the previous page. */
                readonly cursor?: string;
                /** @description `csv`: RFC 4180 with a header row. */
                readonly format?: "json" | "csv";
                readonly type?: "created" | "activated" | "deactivated" | "suspended" | "reinstated" | "renewed" | "expired" | "revoked" | "updated" | "transferred" | "file-issued" | "usage-limit-reached";
                /** @description The actor: an id, or `type:id`. */
                readonly actor?: string;
                /** @description Made at this instant or later. */
                readonly after?: string;
                /** @description Made before this instant. */
                readonly before?: string;
            };
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The events. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "X-Response-Count": components["headers"]["ResponseCount"];
                    readonly Link: components["headers"]["Link"];
                    readonly "Content-Disposition": components["headers"]["ContentDisposition"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["EventsListReply"];
                    readonly "text/csv": string;
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly statisticsRead: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The last summary. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Statistics"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly keysList: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The keys in the order of registration. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["KeysListReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly keysCheck: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            /** @description The keys after the check, and its findings. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["KeysCheckReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly keysCompromise: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A key's RFC 7638 thumbprint. */
                readonly kid: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            /** @description The denied key. Its `certificates` still have to be published again. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["KeysCompromiseReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["KeysCompromiseNotFound"];
            readonly 409: components["responses"]["KeyLastActive"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly accessListPolicyDefinitions: {
        readonly parameters: {
            readonly query?: {
                /** @description The most items of a page: 1 to 100. */
                readonly limit?: number;
                /** @description The `nextCursor` of the previous page. */
                readonly cursor?: string;
            };
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The rules, oldest first. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "X-Response-Count": components["headers"]["ResponseCount"];
                    readonly Link: components["headers"]["Link"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AccessListPolicyDefinitionsReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly accessCreatePolicyDefinition: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["AccessCreatePolicyDefinitionBody"];
            };
        };
        readonly responses: {
            /** @description The same rule already exists. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly Location: components["headers"]["Location"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PolicyDefinition"];
                };
            };
            /** @description The new rule. */
            readonly 201: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly Location: components["headers"]["Location"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PolicyDefinition"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 409: components["responses"]["AccessCreatePolicyDefinitionConflict"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly accessDeletePolicyDefinition: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The rule is removed. */
            readonly 204: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 409: components["responses"]["RulesNeedAnAdministrator"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly accessListCredentials: {
        readonly parameters: {
            readonly query?: {
                /** @description The most items of a page: 1 to 100. */
                readonly limit?: number;
                /** @description The `nextCursor` of the previous page. */
                readonly cursor?: string;
            };
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The credentials, oldest first, without their secrets. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "X-Response-Count": components["headers"]["ResponseCount"];
                    readonly Link: components["headers"]["Link"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AccessListCredentialsReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly accessCreateCredential: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["AccessCreateCredentialBody"];
            };
        };
        readonly responses: {
            /** @description The credential with its secret. */
            readonly 201: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly Location: components["headers"]["Location"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AccessCreateCredentialReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly accessDeleteCredential: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description The user name of HTTP Basic. */
                readonly clientId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The credential is deleted, now or before. */
            readonly 204: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 409: components["responses"]["RulesNeedAnAdministrator"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly webhooksList: {
        readonly parameters: {
            readonly query?: {
                /** @description The most items of a page: 1 to 100. */
                readonly limit?: number;
                /** @description The `nextCursor` of the previous page. */
                readonly cursor?: string;
            };
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The webhooks, newest first, without their secrets. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "X-Response-Count": components["headers"]["ResponseCount"];
                    readonly Link: components["headers"]["Link"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WebhooksListReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly webhooksCreate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["WebhooksCreateBody"];
            };
        };
        readonly responses: {
            /** @description The webhook with its secret; `Location` names it. */
            readonly 201: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly Location: components["headers"]["Location"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WebhooksCreateReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["NotFound"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly webhooksRead: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly webhookId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The webhook, without its secret. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Webhook"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["WebhooksReadNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly webhooksDelete: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly webhookId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The webhook is deleted, now or before. */
            readonly 204: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["WebhooksReadNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly webhooksUpdate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly webhookId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["WebhooksUpdateBody"];
            };
        };
        readonly responses: {
            /** @description The webhook as it is now. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Webhook"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["WebhooksReadNotFound"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly webhooksRotateSecret: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly webhookId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            /** @description The webhook with its new secret. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WebhooksRotateSecretReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["WebhooksReadNotFound"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly webhooksTest: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly webhookId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            /** @description The delivery, which is sent soon. */
            readonly 202: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WebhooksTestReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["WebhooksReadNotFound"];
            readonly 409: components["responses"]["WebhookDisabled"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly webhooksReplay: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly webhookId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["WebhooksReplayBody"];
            };
        };
        readonly responses: {
            /** @description The number of events. */
            readonly 202: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WebhooksReplayReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["WebhooksReadNotFound"];
            readonly 409: components["responses"]["WebhooksReplayConflict"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly webhooksListDeliveries: {
        readonly parameters: {
            readonly query?: {
                /** @description The most items of a page: 1 to 100. */
                readonly limit?: number;
                /** @description The `nextCursor` of the previous page. */
                readonly cursor?: string;
                readonly state?: "pending" | "held" | "delivered" | "exhausted";
            };
            readonly header?: {
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly webhookId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The deliveries of the last 30 days, newest first, with their attempts. */
            readonly 200: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "X-Response-Count": components["headers"]["ResponseCount"];
                    readonly Link: components["headers"]["Link"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WebhooksListDeliveriesReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["WebhooksReadNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["DependencyUnavailable"];
        };
    };
    readonly webhooksRedeliver: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Makes the request safe to repeat for 24 hours: the same key and request give the stored answer. */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed. */
                readonly "X-Request-ID"?: components["parameters"]["RequestId"];
                /** @description W3C Trace Context, passed on. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description A snowflake id as a decimal string. */
                readonly deliveryId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            /** @description The delivery, which is sent soon. */
            readonly 202: {
                headers: {
                    readonly "X-Request-ID": components["headers"]["RequestId"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "Idempotent-Replayed": components["headers"]["IdempotentReplayed"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WebhooksRedeliverReply"];
                };
            };
            readonly 400: components["responses"]["MalformedRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["PermissionDenied"];
            readonly 404: components["responses"]["WebhooksRedeliverNotFound"];
            readonly 409: components["responses"]["WebhookDisabled"];
            readonly 413: components["responses"]["PayloadTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyMismatch"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["PoliciesCreateUnavailable"];
        };
    };
    readonly licenseCreated: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.created";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                        readonly event: components["schemas"]["LicenseEvent"];
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly licenseActivated: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.activated";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                        readonly event: components["schemas"]["LicenseEvent"];
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly licenseDeactivated: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.deactivated";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                        readonly event: components["schemas"]["LicenseEvent"];
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly licenseSuspended: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.suspended";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                        readonly event: components["schemas"]["LicenseEvent"];
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly licenseReinstated: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.reinstated";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                        readonly event: components["schemas"]["LicenseEvent"];
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly licenseRenewed: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.renewed";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                        readonly event: components["schemas"]["LicenseEvent"];
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly licenseExpired: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.expired";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                        readonly event: components["schemas"]["LicenseEvent"];
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly licenseRevoked: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.revoked";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                        readonly event: components["schemas"]["LicenseEvent"];
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly licenseUpdated: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.updated";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                        readonly event: components["schemas"]["LicenseEvent"];
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly licenseTransferred: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.transferred";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                        readonly event: components["schemas"]["LicenseEvent"];
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly licenseFileIssued: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.file-issued";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                        readonly event: components["schemas"]["LicenseEvent"];
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly licenseUsageLimitReached: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.usage-limit-reached";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                        readonly event: components["schemas"]["LicenseEvent"];
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly licenseExpiring: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.expiring";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                        /** Format: duration */
                        readonly before: string;
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly licenseUsageWarning: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.usage-warning";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly licenseActivationRefused: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "license.activation-refused";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly license: components["schemas"]["License"];
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly keyFinding: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "key.finding";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: {
                        readonly finding: Record<string, never>;
                    };
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly webhookTest: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description The id of the delivery, the same in each attempt. */
                readonly "webhook-id": string;
                /** @description The time of this attempt, in seconds since 1970. */
                readonly "webhook-timestamp": string;
                /** @description Signatures, separated by spaces, of `<webhook-id>.<webhook-timestamp>.<body>`. After a rotation of the secret, the new and the former secrets each give one. `v1`: HMAC-SHA256. `v1a`: Ed25519. */
                readonly "webhook-signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @constant */
                    readonly type: "webhook.test";
                    /**
                     * Format: date-time
                     * @description When the delivery was made.
                     */
                    readonly timestamp: string;
                    readonly data: Record<string, never>;
                };
            };
        };
        readonly responses: {
            /** @description The receiver wants no more deliveries: the webhook is disabled. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The delivery has arrived. Any other answer, or none in time, is followed by another attempt. */
            readonly "2XX": {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
