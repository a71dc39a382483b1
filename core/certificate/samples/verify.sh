#!/bin/sh
# Verifies a license file as FORMAT.md says, with openssl (3.0 or later) and the tools of every Unix.
#
# usage: verify.sh FILE PUBLIC_KEY_PEM LICENSE_ID [FINGERPRINT]
#
# Prints VALID or GRACE and exits 0 if the license may be used; else prints the reason and exits 1. NOW (seconds since 1970), ISSUER,
# AUDIENCE, SEQUENCE_FLOOR and DENIED_KIDS (with blanks between) may be set. It knows one key, and parses no JSON: it requires the
# members in the order in which the service writes them.
set -eu
LC_ALL=C
export LC_ALL

[ $# -ge 3 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
file=$1 key=$2 license=$3 fingerprint=${4:-}
now=${NOW:-$(date +%s)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

refuse() { echo "refused: $1"; exit 1; }
deny() { echo "$1"; exit 1; }

padded() { case $((${#1} % 4)) in 2) printf '%s==' "$1" ;; 3) printf '%s=' "$1" ;; *) printf %s "$1" ;; esac; }
from_base64() { padded "$1" | openssl base64 -d -A; }
from_base64url() { padded "$1" | tr '_-' '/+' | openssl base64 -d -A; }
to_base64url() { openssl base64 -A | tr -d '=' | tr '/+' '_-'; }
# Whether the unused bits of the last symbol are zero, so that no other text has the same bytes.
is_canonical() { case $((${#1} % 4))$1 in 0*) ;; 2*[AQgw]) ;; 3*[AEIMQUYcgkosw048]) ;; *) return 1 ;; esac; }

# The block. A body has only letters and digits: escapes and everything else were added on the way.
[ -s "$file" ] && [ "$(wc -c <"$file")" -le 262144 ] || refuse size
letters=$(sed -E -e 's/=$//' -e 's/[=%][0-9A-Fa-f]{2}//g' -e 's/\\+[nrt]//g' -e 's/&#?[A-Za-z0-9]{1,31};//g' -e 's/<[/!]?[A-Za-z][^<>]*>//g' "$file" | tr -cd 'A-Za-z0-9')
[ "$(printf %s "$letters" | grep -o BEGINLICENSE | wc -l)" -eq 1 ] || refuse armour
body=$(printf %s "$letters" | sed -n 's/.*BEGINLICENSE\([A-Za-z0-9]*\)ENDLICENSE.*/\1/p')
is_canonical "$body" || refuse armour
content=$(from_base64 "$body" | tr -d '\0')
printf %s "$content" | grep -Eqx '[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+' || refuse armour
[ ${#content} -le 8192 ] || refuse size
header=${content%%.*} signature=${content##*.} input=${content%.*}
payload=${input#*.}

# The header: one of two texts, with the thumbprint (RFC 7638) of the one key, which isn't denied.
for segment in "$header" "$payload" "$signature"; do
  is_canonical "$segment" || refuse shape
done
[ ${#signature} -eq 86 ] || refuse shape
x=$(openssl pkey -pubin -in "$key" -outform DER | tail -c 32 | to_base64url)
kid=$(printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$x" | openssl dgst -sha256 -binary | to_base64url)
named=$(from_base64url "$header" | tr '\n' ' ' | sed -n -E 's/^\{"alg":"Ed25519","typ":"(license|machine)-file\+jwt","kid":"([A-Za-z0-9_-]{43})"\}$/\1 \2/p')
[ -n "$named" ] || refuse header
case " ${DENIED_KIDS:-} " in *" ${named#* } "*) refuse key-denied ;; esac
[ "${named#* }" = "$kid" ] || refuse key-unknown
machine=${named%% *}

# The signature.
printf %s "$input" >"$work/input"
from_base64url "$signature" >"$work/signature"
openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$work/input" -sigfile "$work/signature" >/dev/null 2>&1 || refuse signature

# The claims. What follows `features` is the service's alone, so the last of a name is the license's.
from_base64url "$payload" >"$work/payload"
iconv -f UTF-8 -t UTF-8 "$work/payload" >/dev/null 2>&1 || refuse payload
claims=$(tr -d '\0' <"$work/payload")
text='"(([^"\\]|\\.)+)"' tab=$(printf '\t')
form='^\{"iss":'$text',"aud":'$text',"sub":"([1-9][0-9]{0,18})","jti":"[^"\\]{1,64}","iat":([0-9]{1,12}),"exp":([0-9]{1,12}),"license":\{"sequence":([1-9][0-9]{0,15}),"status":"(ACTIVATED|SUSPENDED|EXPIRED|REVOKED)",.*\}$'
IFS=$tab read -r issuer audience subject times <<END
$(printf %s "$claims" | sed -n -E "s/$form/\\1$tab\\3$tab\\5$tab\\6 \\7 \\8 \\9/p")
END
[ -n "$times" ] || refuse claims
IFS=' ' read -r issued ends sequence status <<END
$times
END
last() { printf %s "$claims" | sed -n -E 's/.*"'"$1"'":"?([^",}]*).*/\1/p'; }
only=$(printf %s "$claims" | sed -n -E 's/.*\},"fingerprint":"([A-Za-z0-9_-]{11})"\}$/\1/p')
[ "$machine" = license ] || [ -n "$only" ] || refuse claims
[ "$subject" = "$license" ] || refuse subject
[ -z "${ISSUER:-}" ] || [ "$issuer" = "$ISSUER" ] || refuse issuer
[ -z "${AUDIENCE:-}" ] || [ "$audience" = "$AUDIENCE" ] || refuse audience
[ "$issued" -le $((now + 60)) ] || refuse issued-in-future
[ "$now" -lt "$ends" ] || refuse expired
[ "$sequence" -ge "${SEQUENCE_FLOOR:-0}" ] || refuse rollback

# What the license permits. Instants are texts of one form, so their order is that of the texts.
instant=$(date -u -d "@$now" +%Y-%m-%dT%H:%M:%S.000Z 2>/dev/null || date -u -r "$now" +%Y-%m-%dT%H:%M:%S.000Z)
is_past() { [ "$1" != null ] && [ "$(printf '%s\n%s\n' "$1" "$instant" | sort | head -n 1)" = "$1" ]; }
case $status in REVOKED | SUSPENDED) deny "$status" ;; esac
starts=$(last startsAt)
[ "$starts" = null ] || is_past "$starts" || deny NOT_STARTED
! is_past "$(last graceUntil)" || deny EXPIRED
if [ -z "$fingerprint" ]; then
  [ -z "$only" ] && [ "$(last fingerprintRequired)" = false ] || deny FINGERPRINT_REQUIRED
else
  digest=$(printf '%s:%s' "$license" "$fingerprint" | openssl dgst -sha256 -binary | head -c 8 | od -An -tx1 | tr -d ' \n')
  listed=${only:-$(last seatDigests)}
  if ! from_base64url "$listed" | od -An -v -tx1 | tr -d ' \n' | fold -w 16 | grep -qx "$digest"; then
    [ -z "$only" ] && [ "$(last seatDigestsTruncated)" = true ] && deny SEATS_NOT_LISTED
    deny NOT_ACTIVATED
  fi
fi
if is_past "$(last expiresAt)"; then echo GRACE; else echo VALID; fi
