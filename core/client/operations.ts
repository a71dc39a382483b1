// Generated from the OpenAPI document by `npm run openapi`.
import type { Body, ListQuery, Options, PagesOf, Query, Reply } from "./operation-types.ts";

/** Every operation of the service, by its noun and verb. */
export type Nouns = {
  readonly health: {
    /** Check that the process answers. */
    readonly live: (options?: Options<"healthLive">) => Promise<Reply<"healthLive">>;
    /** Check that the service can do its work. Checks the database, its migrations, Redis, the signing key, the application secret and the keys of callers' tokens. */
    readonly ready: (options?: Options<"healthReady">) => Promise<Reply<"healthReady">>;
  };
  readonly keys: {
    /** Read the public keys that verify certificates. Ed25519 keys (RFC 8037) that are pending, active or retiring, and retired ones that a license file still needs. */
    readonly jwks: (options?: Options<"keysJwks">) => Promise<Reply<"keysJwks">>;
    /** List the signing keys. The keys with their states, the number of certificates of each, and the findings of the last check. */
    readonly list: (options?: Options<"keysList">) => Promise<Reply<"keysList">>;
    /** Check the signing keys now. Does the work of the hourly check: registers keys that were added to the secret, takes the steps of the rotation that are due, and tests whether certificates verify with the published keys. */
    readonly check: (options?: Options<"keysCheck">) => Promise<Reply<"keysCheck">>;
    /** Deny a signing key. For a key that an attacker may have. The service and the JWKS deny it at once, consumers when they next read the keys (consumers with pinned PEMs need `deniedKids`), and the next key signs. Its licenses are published again, denying ones first; the reconciler publishes those that this call doesn't reach. This can't be undone. */
    readonly compromise: (kid: string, options?: Options<"keysCompromise">) => Promise<Reply<"keysCompromise">>;
  };
  readonly reference: {
    /** Read this contract. OpenAPI 3.1, built from the contracts that the service itself enforces. */
    readonly openapi: (options?: Options<"referenceOpenapi">) => Promise<Reply<"referenceOpenapi">>;
    /** Read about a problem. The page at the address in a problem's `type` explains the problem and how to act on it: as JSON for programs, as `text/html` for people. */
    readonly problem: (type: string, options?: Options<"referenceProblem">) => Promise<Reply<"referenceProblem">>;
  };
  readonly console: {
    /** Read how to log in. The settings by which the console and the command line log people in at the identity provider: OpenID Connect with a public client, by code and PKCE or by device code. `clientId` is null where no client is registered; then nobody can log in there, and tokens come from elsewhere. */
    readonly config: (options?: Options<"consoleConfig">) => Promise<Reply<"consoleConfig">>;
  };
  readonly access: {
    /** Read the caller's permissions. The caller of this request: its roles, the holders whose licenses are its own, and its permissions. */
    readonly me: (options?: Options<"accessMe">) => Promise<Reply<"accessMe">>;
    /** List the rules of access. */
    readonly listPolicyDefinitions: (query?: ListQuery<"accessListPolicyDefinitions">, options?: Options<"accessListPolicyDefinitions">) => PagesOf<"accessListPolicyDefinitions">;
    /** Add a rule of access. Grants a permission to a role or principal, assigns a role, or lets a role inherit another. A denial beats every grant. A role exists by its rules alone: a role without a rule grants nothing. At most 5000 rules may grant, deny or inherit; assigned roles have no bound. A rule that would take access:write from you is refused. */
    readonly createPolicyDefinition: (body: Body<"accessCreatePolicyDefinition">, options?: Options<"accessCreatePolicyDefinition">) => Promise<Reply<"accessCreatePolicyDefinition">>;
    /** Remove a rule of access. Other instances follow within 60 seconds. The rules of built-in roles come back with the next deployment: to take a permission from such a role for good, add a grant that denies it. */
    readonly deletePolicyDefinition: (id: string, options?: Options<"accessDeletePolicyDefinition">) => Promise<Reply<"accessDeletePolicyDefinition">>;
    /** List the service credentials. */
    readonly listCredentials: (query?: ListQuery<"accessListCredentials">, options?: Options<"accessListCredentials">) => PagesOf<"accessListCredentials">;
    /** Create a service credential. For programs that use HTTP Basic. The secret is shown in this answer only. Roles aren't checked: a role without a rule grants nothing. */
    readonly createCredential: (body: Body<"accessCreateCredential">, options?: Options<"accessCreateCredential">) => Promise<Reply<"accessCreateCredential">>;
    /** Delete a service credential. Instances that have cached it admit it for up to 30 seconds more. */
    readonly deleteCredential: (clientId: string, options?: Options<"accessDeleteCredential">) => Promise<Reply<"accessDeleteCredential">>;
  };
  readonly policies: {
    /** Create a policy. Creates a template for licenses. Its code can't be changed or reused. */
    readonly create: (body: Body<"policiesCreate">, options?: Options<"policiesCreate">) => Promise<Reply<"policiesCreate">>;
    /** List the policies. */
    readonly list: (query?: ListQuery<"policiesList">, options?: Options<"policiesList">) => PagesOf<"policiesList">;
    /** Read a policy. */
    readonly read: (policyId: string, options?: Options<"policiesRead">) => Promise<Reply<"policiesRead">>;
    /** Change a policy. Absent members stay unchanged; `features` is replaced as a whole. Licenses take the new terms when they are issued or renewed; `apply` copies them to existing licenses. */
    readonly update: (policyId: string, body: Body<"policiesUpdate">, options?: Options<"policiesUpdate">) => Promise<Reply<"policiesUpdate">>;
    /** Retire a policy. No new licenses are issued from it. Existing ones stay valid and can be renewed. */
    readonly retire: (policyId: string, options?: Options<"policiesRetire">) => Promise<Reply<"policiesRetire">>;
    /** Reinstate a retired policy. New licenses are issued from it again. A policy that isn't retired stays unchanged. */
    readonly reinstate: (policyId: string, options?: Options<"policiesReinstate">) => Promise<Reply<"policiesReinstate">>;
    /** Apply a policy to its licenses. Copies the policy's terms to licenses that have older ones, except values that were set on the license itself. The expiry stays, and a new grace counts from it. Seats beyond a lower limit are kept. One call does as much as its time allows: repeat it with `nextCursor` until it is `done`. `dryRun=true` only reports the changes. */
    readonly apply: (policyId: string, query?: Query<"policiesApply">, options?: Options<"policiesApply">) => Promise<Reply<"policiesApply">>;
  };
  readonly licenses: {
    /** Issue a license. Issues a license that copies the terms of a policy. The key is shown in this answer only. */
    readonly issue: (body: Body<"licensesIssue">, options?: Options<"licensesIssue">) => Promise<Reply<"licensesIssue">>;
    /** List licenses. The licenses that the caller may see, newest first unless `sort` names another order. */
    readonly list: (query?: ListQuery<"licensesList">, options?: Options<"licensesList">) => PagesOf<"licensesList">;
    /** Find licenses by any text. The text that a customer pasted: a key in any spelling, a license's id, a key's last five symbols, a fingerprint, a holder's id, a name, or a text in the metadata. A part of a name or of a holder's id is enough if it has three letters or digits in a row. The text is sent in the body because addresses are logged. */
    readonly find: (body: Body<"licensesFind">, options?: Options<"licensesFind">) => Promise<Reply<"licensesFind">>;
    /** Validate a license. An invalid license is an answer, not an error: 200 with `valid` and `code`. A fingerprint without a seat takes one if every other check passes. */
    readonly validate: (body?: Body<"licensesValidate">, options?: Options<"licensesValidate">) => Promise<Reply<"licensesValidate">>;
    /** Read a license. `ETag` is its sequence, for `If-Match` on changes. Validations and heartbeats don't change it. */
    readonly read: (licenseId: string, options?: Options<"licensesRead">) => Promise<Reply<"licensesRead">>;
    /** Change a license. Absent members stay unchanged. Values set here are kept through renewals and policy changes. */
    readonly update: (licenseId: string, body: Body<"licensesUpdate">, options?: Options<"licensesUpdate">) => Promise<Reply<"licensesUpdate">>;
    /** Suspend a license. The license isn't valid until it is reinstated. Its new certificate denies at once. */
    readonly suspend: (licenseId: string, body?: Body<"licensesSuspend">, options?: Options<"licensesSuspend">) => Promise<Reply<"licensesSuspend">>;
    /** Reinstate a license. A suspended license is valid again, unless it has expired meanwhile. */
    readonly reinstate: (licenseId: string, body?: Body<"licensesReinstate">, options?: Options<"licensesReinstate">) => Promise<Reply<"licensesReinstate">>;
    /** Renew a license. Adds periods of the policy's duration, from the instant that its renewal basis selects, and copies the policy's terms again. Seats beyond a lower limit are kept. */
    readonly renew: (licenseId: string, body?: Body<"licensesRenew">, options?: Options<"licensesRenew">) => Promise<Reply<"licensesRenew">>;
    /** Revoke a license. Can't be undone. The license, its seats and its events stay readable, and a denying certificate is published. */
    readonly revoke: (licenseId: string, body?: Body<"licensesRevoke">, options?: Options<"licensesRevoke">) => Promise<Reply<"licensesRevoke">>;
    /** Replace a license's key. The new key is shown in this answer only. The old one stops working at once, or after `overlapSeconds`. At most two keys work at a time: a second rotation ends the overlap of the first at once. Send an Idempotency-Key so that a retry isn't a second rotation. */
    readonly rotateKey: (licenseId: string, body?: Body<"licensesRotateKey">, options?: Options<"licensesRotateKey">) => Promise<Reply<"licensesRotateKey">>;
    /** Hand a license over. The license gets a new holder and, unless they are kept, a new key and no seats. Seats and events from before the hand-over stay hidden from the new holder and key. To correct a holder's name, PATCH the license instead. */
    readonly transfer: (licenseId: string, body: Body<"licensesTransfer">, options?: Options<"licensesTransfer">) => Promise<Reply<"licensesTransfer">>;
    /** Free every seat. All seats at once, in every status of the license. Each counts as a release of the license's own key or holder. */
    readonly releaseSeats: (licenseId: string, body?: Body<"licensesReleaseSeats">, options?: Options<"licensesReleaseSeats">) => Promise<Reply<"licensesReleaseSeats">>;
    /** Read a license's newest certificate. As `application/jose` (signed and encrypted) or `application/x-license-file` (signed only, for use offline, made anew for each request). `ETag` is a digest of the answer, for `If-None-Match`; the license's sequence is in the claims. */
    readonly certificate: (licenseId: string, options?: Options<"licensesCertificate">) => Promise<Reply<"licensesCertificate">>;
    /** Publish a license's certificate again. Makes a fresh certificate of the committed license and puts it into Redis. */
    readonly publish: (licenseId: string, options?: Options<"licensesPublish">) => Promise<Reply<"licensesPublish">>;
    /** Give out a license file. For machines without a network. With a fingerprint the file is for that machine alone and takes a seat for it, which is held at least until the file ends. It lasts at most for the policy's `fileLifetime`; a license's key or holder gets a file without a fingerprint for a certificate's lifetime only. `Accept: application/x-license-file` answers the file itself. */
    readonly file: (licenseId: string, body?: Body<"licensesFile">, options?: Options<"licensesFile">) => Promise<Reply<"licensesFile">>;
  };
  readonly activations: {
    /** List a license's activations. Newest first, including freed activations. To the license's key and its holder, `releases` says how many seats they may still free. */
    readonly listOfLicense: (licenseId: string, query?: ListQuery<"activationsListOfLicense">, options?: Options<"activationsListOfLicense">) => PagesOf<"activationsListOfLicense">;
    /** Take a seat. A fingerprint that has a seat keeps it. On a full license `replace` frees another seat for this one. */
    readonly activate: (body: Body<"activationsActivate">, options?: Options<"activationsActivate">) => Promise<Reply<"activationsActivate">>;
    /** List activations. Activations of the licenses that the caller may see, newest first, including freed ones. */
    readonly list: (query?: ListQuery<"activationsList">, options?: Options<"activationsList">) => PagesOf<"activationsList">;
    /** Read an activation. */
    readonly read: (activationId: string, options?: Options<"activationsRead">) => Promise<Reply<"activationsRead">>;
    /** Free a seat. Works in every status of the license. A free seat stays free. `X-Certificate-State` is the state of the new certificate. If the machine has a license file, `X-Files-Until` says until when it still works. */
    readonly deactivate: (activationId: string, options?: Options<"activationsDeactivate">) => Promise<Reply<"activationsDeactivate">>;
    /** Rename a seat. Works in every status of the license. A seat that has been freed keeps its name. */
    readonly rename: (activationId: string, body: Body<"activationsRename">, options?: Options<"activationsRename">) => Promise<Reply<"activationsRename">>;
    /** Report that a seat is in use. Extends the seat's lease. A seat whose lease has run out is gone: activate again. */
    readonly heartbeat: (activationId: string, options?: Options<"activationsHeartbeat">) => Promise<Reply<"activationsHeartbeat">>;
  };
  readonly events: {
    /** List a license's audit trail. In the order of its chain, where each event's `previousHash` is the `hash` of the previous event; or the latest first. */
    readonly listOfLicense: (licenseId: string, query?: ListQuery<"eventsListOfLicense">, options?: Options<"eventsListOfLicense">) => PagesOf<"eventsListOfLicense">;
    /** List the audit trail. Events of the licenses that the caller may see, newest first. `createdAt` is the time of the request, and its change may be committed up to ten seconds later. To fetch by time without a gap, end ten seconds before now, or fetch these seconds again. */
    readonly list: (query?: ListQuery<"eventsList">, options?: Options<"eventsList">) => PagesOf<"eventsList">;
  };
  readonly usage: {
    /** Consume use of a meter. Counts the amount whole or not at all, never beyond the meter's limit with its overage. Send an Idempotency-Key so that a retry counts once. The first refusal of a period writes an event. */
    readonly consume: (licenseId: string, body: Body<"usageConsume">, options?: Options<"usageConsume">) => Promise<Reply<"usageConsume">>;
    /** Read a license's meters. Every meter of the license's terms in the current period, by code. */
    readonly listOfLicense: (licenseId: string, options?: Options<"usageListOfLicense">) => Promise<Reply<"usageListOfLicense">>;
    /** Correct a meter's count. Sets the count of the current period, in any status but revoked. The event `updated` records both counts. */
    readonly correct: (licenseId: string, meter: string, body: Body<"usageCorrect">, options?: Options<"usageCorrect">) => Promise<Reply<"usageCorrect">>;
    /** List usage by period. For billing: the use of each meter in each period, the latest periods first. A period is kept for 25 months after its end. */
    readonly list: (query?: ListQuery<"usageList">, options?: Options<"usageList">) => PagesOf<"usageList">;
  };
  readonly statistics: {
    /** Read the statistics. The last summary of licenses, seats and events, which is written every five minutes. All are zero before the first. */
    readonly read: (options?: Options<"statisticsRead">) => Promise<Reply<"statisticsRead">>;
  };
  readonly webhooks: {
    /** Add a webhook. An address that receives events, by Standard Webhooks. The secret is shown in this answer only. The URL must be https on port 443, without a user, and its name must resolve to public addresses only. */
    readonly create: (body: Body<"webhooksCreate">, options?: Options<"webhooksCreate">) => Promise<Reply<"webhooksCreate">>;
    /** List the webhooks. */
    readonly list: (query?: ListQuery<"webhooksList">, options?: Options<"webhooksList">) => PagesOf<"webhooksList">;
    /** Read a webhook. */
    readonly read: (webhookId: string, options?: Options<"webhooksRead">) => Promise<Reply<"webhooksRead">>;
    /** Change a webhook. Absent members stay unchanged. Disabled by `enabled: false`, it gets no deliveries; a replay brings those that it missed. Enabling one that its failures disabled sends the deliveries that were held. */
    readonly update: (webhookId: string, body: Body<"webhooksUpdate">, options?: Options<"webhooksUpdate">) => Promise<Reply<"webhooksUpdate">>;
    /** Delete a webhook. Its secret and its open deliveries are deleted with it. */
    readonly delete: (webhookId: string, options?: Options<"webhooksDelete">) => Promise<Reply<"webhooksDelete">>;
    /** Replace a webhook's secret. The new secret is shown in this answer only. Deliveries are signed with the new and the former one for 24 hours, so a receiver may change at any moment in between. A webhook with `v1a` gets a new key pair in the same way. If it is rotated again within the 24 hours, the last three former secrets sign until 24 hours after the last rotation. */
    readonly rotateSecret: (webhookId: string, options?: Options<"webhooksRotateSecret">) => Promise<Reply<"webhooksRotateSecret">>;
    /** Test a webhook. Sends it a `webhook.test`. The list of deliveries shows its attempts. A replay needs a test that succeeded. */
    readonly test: (webhookId: string, options?: Options<"webhooksTest">) => Promise<Reply<"webhooksTest">>;
    /** Replay past events. Delivers the events of a window of time again: at most 100000 of them, 20 a second, one replay of a webhook at a time. An event that was delivered before keeps its `webhook-id` and its body; one that is still to be delivered isn't delivered twice. */
    readonly replay: (webhookId: string, body: Body<"webhooksReplay">, options?: Options<"webhooksReplay">) => Promise<Reply<"webhooksReplay">>;
    /** List the deliveries of a webhook. */
    readonly listDeliveries: (webhookId: string, query?: ListQuery<"webhooksListDeliveries">, options?: Options<"webhooksListDeliveries">) => PagesOf<"webhooksListDeliveries">;
    /** Deliver again. Sends a delivery again, whatever its state, with the same `webhook-id` and the same body. */
    readonly redeliver: (deliveryId: string, options?: Options<"webhooksRedeliver">) => Promise<Reply<"webhooksRedeliver">>;
  };
};

/** An operation's address, and how it is called. */
export type Operation = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** The names of the arguments that stand in the path, in order. */
  readonly params: readonly string[];
  /** The media type that is asked for; absent: the answer has no body. */
  readonly accept?: string;
  /** The argument after those of the path. */
  readonly takes?: "body" | "query";
  readonly isList?: true;
};

export const operations = {
  health: {
    live: {"method":"GET","path":"/healthz","params":[],"accept":"application/health+json"},
    ready: {"method":"GET","path":"/readyz","params":[],"accept":"application/health+json"},
  },
  keys: {
    jwks: {"method":"GET","path":"/v1/api/licensing/.well-known/jwks.json","params":[],"accept":"application/json"},
    list: {"method":"GET","path":"/v1/api/licensing/keys","params":[],"accept":"application/json"},
    check: {"method":"POST","path":"/v1/api/licensing/keys/check","params":[],"accept":"application/json"},
    compromise: {"method":"POST","path":"/v1/api/licensing/keys/{kid}/compromise","params":["kid"],"accept":"application/json"},
  },
  reference: {
    openapi: {"method":"GET","path":"/v1/api/licensing/openapi.json","params":[],"accept":"application/json"},
    problem: {"method":"GET","path":"/v1/api/licensing/problems/{type}","params":["type"],"accept":"application/json"},
  },
  console: {
    config: {"method":"GET","path":"/v1/api/licensing/console/config","params":[],"accept":"application/json"},
  },
  access: {
    me: {"method":"GET","path":"/v1/api/licensing/me","params":[],"accept":"application/json"},
    listPolicyDefinitions: {"method":"GET","path":"/v1/api/licensing/policy-definitions","params":[],"accept":"application/json","takes":"query","isList":true},
    createPolicyDefinition: {"method":"POST","path":"/v1/api/licensing/policy-definitions","params":[],"accept":"application/json","takes":"body"},
    deletePolicyDefinition: {"method":"DELETE","path":"/v1/api/licensing/policy-definitions/{id}","params":["id"]},
    listCredentials: {"method":"GET","path":"/v1/api/licensing/credentials","params":[],"accept":"application/json","takes":"query","isList":true},
    createCredential: {"method":"POST","path":"/v1/api/licensing/credentials","params":[],"accept":"application/json","takes":"body"},
    deleteCredential: {"method":"DELETE","path":"/v1/api/licensing/credentials/{clientId}","params":["clientId"]},
  },
  policies: {
    create: {"method":"POST","path":"/v1/api/licensing/policies","params":[],"accept":"application/json","takes":"body"},
    list: {"method":"GET","path":"/v1/api/licensing/policies","params":[],"accept":"application/json","takes":"query","isList":true},
    read: {"method":"GET","path":"/v1/api/licensing/policies/{policyId}","params":["policyId"],"accept":"application/json"},
    update: {"method":"PATCH","path":"/v1/api/licensing/policies/{policyId}","params":["policyId"],"accept":"application/json","takes":"body"},
    retire: {"method":"DELETE","path":"/v1/api/licensing/policies/{policyId}","params":["policyId"]},
    reinstate: {"method":"POST","path":"/v1/api/licensing/policies/{policyId}/reinstate","params":["policyId"],"accept":"application/json"},
    apply: {"method":"POST","path":"/v1/api/licensing/policies/{policyId}/apply","params":["policyId"],"accept":"application/json","takes":"query"},
  },
  licenses: {
    issue: {"method":"POST","path":"/v1/api/licensing/licenses","params":[],"accept":"application/json","takes":"body"},
    list: {"method":"GET","path":"/v1/api/licensing/licenses","params":[],"accept":"application/json","takes":"query","isList":true},
    find: {"method":"POST","path":"/v1/api/licensing/licenses/find","params":[],"accept":"application/json","takes":"body"},
    validate: {"method":"POST","path":"/v1/api/licensing/licenses/validate","params":[],"accept":"application/json","takes":"body"},
    read: {"method":"GET","path":"/v1/api/licensing/licenses/{licenseId}","params":["licenseId"],"accept":"application/json"},
    update: {"method":"PATCH","path":"/v1/api/licensing/licenses/{licenseId}","params":["licenseId"],"accept":"application/json","takes":"body"},
    suspend: {"method":"POST","path":"/v1/api/licensing/licenses/{licenseId}/suspend","params":["licenseId"],"accept":"application/json","takes":"body"},
    reinstate: {"method":"POST","path":"/v1/api/licensing/licenses/{licenseId}/reinstate","params":["licenseId"],"accept":"application/json","takes":"body"},
    renew: {"method":"POST","path":"/v1/api/licensing/licenses/{licenseId}/renew","params":["licenseId"],"accept":"application/json","takes":"body"},
    revoke: {"method":"POST","path":"/v1/api/licensing/licenses/{licenseId}/revoke","params":["licenseId"],"accept":"application/json","takes":"body"},
    rotateKey: {"method":"POST","path":"/v1/api/licensing/licenses/{licenseId}/rotate-key","params":["licenseId"],"accept":"application/json","takes":"body"},
    transfer: {"method":"POST","path":"/v1/api/licensing/licenses/{licenseId}/transfer","params":["licenseId"],"accept":"application/json","takes":"body"},
    releaseSeats: {"method":"POST","path":"/v1/api/licensing/licenses/{licenseId}/release-seats","params":["licenseId"],"accept":"application/json","takes":"body"},
    certificate: {"method":"GET","path":"/v1/api/licensing/licenses/{licenseId}/certificate","params":["licenseId"],"accept":"application/jose"},
    publish: {"method":"POST","path":"/v1/api/licensing/licenses/{licenseId}/certificate","params":["licenseId"],"accept":"application/json"},
    file: {"method":"POST","path":"/v1/api/licensing/licenses/{licenseId}/file","params":["licenseId"],"accept":"application/json","takes":"body"},
  },
  activations: {
    listOfLicense: {"method":"GET","path":"/v1/api/licensing/licenses/{licenseId}/activations","params":["licenseId"],"accept":"application/json","takes":"query","isList":true},
    activate: {"method":"POST","path":"/v1/api/licensing/activations","params":[],"accept":"application/json","takes":"body"},
    list: {"method":"GET","path":"/v1/api/licensing/activations","params":[],"accept":"application/json","takes":"query","isList":true},
    read: {"method":"GET","path":"/v1/api/licensing/activations/{activationId}","params":["activationId"],"accept":"application/json"},
    deactivate: {"method":"DELETE","path":"/v1/api/licensing/activations/{activationId}","params":["activationId"]},
    rename: {"method":"PATCH","path":"/v1/api/licensing/activations/{activationId}","params":["activationId"],"accept":"application/json","takes":"body"},
    heartbeat: {"method":"POST","path":"/v1/api/licensing/activations/{activationId}/heartbeat","params":["activationId"],"accept":"application/json"},
  },
  events: {
    listOfLicense: {"method":"GET","path":"/v1/api/licensing/licenses/{licenseId}/events","params":["licenseId"],"accept":"application/json","takes":"query","isList":true},
    list: {"method":"GET","path":"/v1/api/licensing/license-events","params":[],"accept":"application/json","takes":"query","isList":true},
  },
  usage: {
    consume: {"method":"POST","path":"/v1/api/licensing/licenses/{licenseId}/usage","params":["licenseId"],"accept":"application/json","takes":"body"},
    listOfLicense: {"method":"GET","path":"/v1/api/licensing/licenses/{licenseId}/usage","params":["licenseId"],"accept":"application/json"},
    correct: {"method":"PUT","path":"/v1/api/licensing/licenses/{licenseId}/usage/{meter}","params":["licenseId","meter"],"accept":"application/json","takes":"body"},
    list: {"method":"GET","path":"/v1/api/licensing/usage","params":[],"accept":"application/json","takes":"query","isList":true},
  },
  statistics: {
    read: {"method":"GET","path":"/v1/api/licensing/statistics","params":[],"accept":"application/json"},
  },
  webhooks: {
    create: {"method":"POST","path":"/v1/api/licensing/webhooks","params":[],"accept":"application/json","takes":"body"},
    list: {"method":"GET","path":"/v1/api/licensing/webhooks","params":[],"accept":"application/json","takes":"query","isList":true},
    read: {"method":"GET","path":"/v1/api/licensing/webhooks/{webhookId}","params":["webhookId"],"accept":"application/json"},
    update: {"method":"PATCH","path":"/v1/api/licensing/webhooks/{webhookId}","params":["webhookId"],"accept":"application/json","takes":"body"},
    delete: {"method":"DELETE","path":"/v1/api/licensing/webhooks/{webhookId}","params":["webhookId"]},
    rotateSecret: {"method":"POST","path":"/v1/api/licensing/webhooks/{webhookId}/rotate-secret","params":["webhookId"],"accept":"application/json"},
    test: {"method":"POST","path":"/v1/api/licensing/webhooks/{webhookId}/test","params":["webhookId"],"accept":"application/json"},
    replay: {"method":"POST","path":"/v1/api/licensing/webhooks/{webhookId}/replay","params":["webhookId"],"accept":"application/json","takes":"body"},
    listDeliveries: {"method":"GET","path":"/v1/api/licensing/webhooks/{webhookId}/deliveries","params":["webhookId"],"accept":"application/json","takes":"query","isList":true},
    redeliver: {"method":"POST","path":"/v1/api/licensing/webhook-deliveries/{deliveryId}/redeliver","params":["deliveryId"],"accept":"application/json"},
  },
} satisfies { readonly [Noun in keyof Nouns]: { readonly [Verb in keyof Nouns[Noun]]: Operation } };
