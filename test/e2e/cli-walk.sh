#!/usr/bin/env bash
# A vendor's work with one license by the command line alone: trial, purchase, renewals, upgrade, seats, a file for a machine without a
# network, hand-over, suspension, revocation, and the proof of its trail. Needs LICENSING_URL, LICENSING_TOKEN, PROGRAM (the command) and
# PUBLIC_KEY (a PEM file). $1: a mark that makes its names its own; $2: a folder for its files.
set -euo pipefail
mark=$1
cd "$2"

licensing() { node "$PROGRAM" "$@"; }
# The first member of that name in an answer.
member() { grep -oE "\"$1\":\"?[^\",}]+" | sed -n 1p | sed -E "s/^\"$1\":\"?//"; }
expect() { [ "$2" = "$3" ] || { echo "$1: $2, and not $3" >&2; exit 1; }; }
# A call that must end with that exit code.
ends_with() {
  local code=0
  licensing "${@:2}" > refused.out 2> refused.err || code=$?
  expect "$*" "$code" "$1"
}

licensing api policies create --body "{\"code\":\"trial-$mark\",\"name\":\"Trial\",\"duration\":\"P14D\",\"activationLimit\":1,\"trial\":true}" > /dev/null
licensing api policies create --body "{\"code\":\"monthly-$mark\",\"name\":\"Monthly\",\"duration\":\"P1M\",\"activationLimit\":2,\"renewalBasis\":\"from-expiry\",\"features\":{\"export\":true}}" > /dev/null
licensing api policies create --body "{\"code\":\"team-$mark\",\"name\":\"Team\",\"duration\":\"P1M\",\"activationLimit\":3,\"renewalBasis\":\"from-expiry\",\"features\":{\"export\":true,\"sso\":true}}" > /dev/null

# Trial: one machine, once.
issued=$(licensing issue --policy "trial-$mark" --holder "ada-$mark@example.com" --metadata "order=$mark")
id=$(member id <<< "$issued")
key=$(member key <<< "$issued")
licensing api activations activate --body "{\"key\":\"$key\",\"fingerprint\":\"laptop-$mark\"}" > /dev/null
ends_with 6 api activations activate --body "{\"key\":\"$key\",\"fingerprint\":\"desktop-$mark\"}"
ends_with 6 issue --policy "trial-$mark" --holder "ada-$mark@example.com"

# Purchase, to the end of a month; each renewal ends with its month.
licensing api licenses update "$id" --body "{\"policy\":\"monthly-$mark\",\"expiresAt\":\"2088-01-31T12:00:00Z\",\"reason\":\"order 4711\"}" > /dev/null
for end in 2088-02-29 2088-03-31 2088-04-30; do
  expect "renewal" "$(licensing renew "ada-$mark@example.com" --reason "until $end" | member expiresAt)" "${end}T12:00:00.000Z"
done

# Upgrade: a preview, then more seats and features.
licensing api licenses update "$id" --body "{\"policy\":\"team-$mark\",\"features\":{\"projects\":50}}" > /dev/null
licensing api policies update "team-$mark" --body '{"activationLimit":4}' > /dev/null
expect "preview" "$(licensing policies apply "team-$mark" | member changed)" 1
expect "apply" "$(licensing policies apply "team-$mark" --yes | member changed)" 1
licensing show "laptop-$mark" --no-json | grep -q "Seats:     1 of 4"

# A file for a machine without a network, and its seat.
licensing file "$id" --fingerprint "press-$mark" --lifetime P7D --out press.license > /dev/null 2>&1
licensing --no-json verify press.license --key "$PUBLIC_KEY" --fingerprint "press-$mark" | grep -q "^valid: VALID"
ends_with 1 verify press.license --key "$PUBLIC_KEY" --fingerprint "laptop-$mark"
expect "seats" "$(licensing seats list "$id" | grep -o '"fingerprint"' | wc -l | tr -d ' ')" 2
licensing seats free "$(licensing seats list "$id" | member id)" > /dev/null

# Hand-over: a new key, no seats. Suspension with its reason, by a filter, after a preview.
handed=$(licensing transfer "$id" --to "user:bob-$mark" --reason "the business was sold")
[ "$(member key <<< "$handed")" != "$key" ]
ends_with 5 find "$key"
licensing suspend --where "holderId=bob-$mark" --reason "payment failed" --dry-run > /dev/null
expect "after a preview" "$(licensing find "$id" | member status)" ACTIVATED
licensing suspend --where "holderId=bob-$mark" --reason "payment failed" --yes > /dev/null
licensing show "$id" --no-json | grep -q "SUSPENDED since .*: payment failed"
licensing reinstate "$id" > /dev/null
licensing revoke "$id" --reason chargeback > /dev/null
ends_with 6 renew "$id"

# The trail, whole and in order; the license as CSV.
expect "the trail" "$(licensing events "$id" | grep -oE '"type":"[a-z-]+","actor"' | cut -d'"' -f4 | paste -sd' ' -)" \
  "created activated updated renewed renewed renewed updated updated activated file-issued deactivated deactivated transferred suspended reinstated revoked"
licensing --no-json audit --license "$id" | grep -q "^Every chain holds: 1 licenses, 16 events.$"
licensing export licenses.csv --where "metadata.order=$mark" > /dev/null
expect "the export" "$(grep -c "bob-$mark.*REVOKED" licenses.csv)" 1
echo "done: $id"
