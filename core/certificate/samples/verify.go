// Verifies certificates, license files and beacons as FORMAT.md says, with Go's standard library alone.
//
//	usage: verify certificate|file|beacon TEXT TRUST [LICENSE [FINGERPRINT]]
//	       verify vectors FOLDER
//
// TEXT is a file; TRUST is a file with {"jwks": …, "deniedKids": […], "applicationSecrets": […]}. Prints what the license permits, or
// the reason of the refusal; the exit code is 0 only if the license may be used. NOW (seconds since 1970) may be set.
package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

type object = map[string]any

type trust struct {
	Jwks               struct{ Keys []object }
	DeniedKids         []string
	ApplicationSecrets []string
}

type asked struct {
	LicenseId     string
	Issuer        *string
	Audience      *string
	Now           int64
	SequenceFloor int64
	IatFloor      int64
}

// A refusal is one of the words in FORMAT.md.
type refusal string

func refuse(reason string) { panic(refusal(reason)) }

// The beginnings of the one spelling of each header. The kid and `"}` follow.
var headers = map[string][]string{
	"certificate": {`{"alg":"Ed25519","typ":"license+jwt","cty":"JWE","kid":"`},
	"file":        {`{"alg":"Ed25519","typ":"license-file+jwt","kid":"`, `{"alg":"Ed25519","typ":"machine-file+jwt","kid":"`},
	"beacon":      {`{"alg":"Ed25519","typ":"license-beacon+jwt","kid":"`},
}

const sealedHeader = `{"alg":"dir","enc":"A256GCM","kid":"`

// ---- the envelope

var base64url = base64.RawURLEncoding.Strict()

// decode returns nil unless the text is canonical, nonempty base64url. Go's decoder skips line ends, so they are refused here.
func decode(text string) []byte {
	data, err := base64url.DecodeString(text)
	if err != nil || text == "" || strings.ContainsAny(text, "\r\n") {
		return nil
	}
	return data
}

// kidOf returns the kid of a header that is spelled as expected, else "".
func kidOf(segment, beginning string, characters int) string {
	header := string(decode(segment))
	if len(header) != len(beginning)+characters+2 || !strings.HasPrefix(header, beginning) || !strings.HasSuffix(header, `"}`) {
		return ""
	}
	return regexp.MustCompile(`^[A-Za-z0-9_-]+$`).FindString(header[len(beginning) : len(beginning)+characters])
}

// keysOf reads the Ed25519 keys of a JWK Set by kid. Their `alg` may be Ed25519, EdDSA or absent.
func keysOf(t trust) map[string]ed25519.PublicKey {
	keys := map[string]ed25519.PublicKey{}
	for _, jwk := range t.Jwks.Keys {
		x, _ := jwk["x"].(string)
		key, alg := decode(x), jwk["alg"]
		if jwk["kty"] != "OKP" || jwk["crv"] != "Ed25519" || len(key) != ed25519.PublicKeySize || (alg != nil && alg != "Ed25519" && alg != "EdDSA") {
			continue
		}
		digest := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + x + `"}`))
		kid := base64url.EncodeToString(digest[:])
		if jwk["kid"] == nil || jwk["kid"] == kid {
			keys[kid] = key
		}
	}
	return keys
}

// signedPayload returns the payload of a good signature, and whether the header is of a file for one machine.
func signedPayload(kind, text string, t trust) ([]byte, bool) {
	most := 8192
	if kind == "beacon" {
		most = 65536
	}
	if len(text) == 0 || len(text) > most {
		refuse("size")
	}
	segments := strings.Split(text, ".")
	if len(segments) != 3 || decode(segments[0]) == nil || decode(segments[1]) == nil || len(decode(segments[2])) != ed25519.SignatureSize {
		refuse("shape")
	}
	kid, isMachine := "", false
	for _, beginning := range headers[kind] {
		if found := kidOf(segments[0], beginning, 43); found != "" {
			kid, isMachine = found, strings.Contains(beginning, "machine-file")
		}
	}
	if kid == "" {
		refuse("header")
	}
	for _, denied := range t.DeniedKids {
		if denied == kid {
			refuse("key-denied")
		}
	}
	key := keysOf(t)[kid]
	if key == nil {
		refuse("key-unknown")
	}
	if !ed25519.Verify(key, []byte(segments[0]+"."+segments[1]), decode(segments[2])) {
		refuse("signature")
	}
	return decode(segments[1]), isMachine
}

// ---- the seal of a certificate

// hkdf is HKDF-SHA256 (RFC 5869) without a salt, for at most 32 bytes.
func hkdf(secret []byte, info string, length int) []byte {
	extract := hmac.New(sha256.New, make([]byte, sha256.Size))
	extract.Write(secret)
	expand := hmac.New(sha256.New, extract.Sum(nil))
	expand.Write(append([]byte(info), 1))
	return expand.Sum(nil)[:length]
}

func opened(payload []byte, licenseId string, t trust) []byte {
	segments := strings.Split(string(payload), ".")
	if len(segments) != 5 || segments[1] != "" || len(decode(segments[2])) != 12 || decode(segments[3]) == nil || len(decode(segments[4])) != 16 {
		refuse("payload")
	}
	kid := kidOf(segments[0], sealedHeader, 11)
	if kid == "" {
		refuse("payload")
	}
	for _, text := range t.ApplicationSecrets {
		secret, _ := hex.DecodeString(text)
		if base64url.EncodeToString(hkdf(secret, "licensing/secret-id/v1", 8)) != kid {
			continue
		}
		block, _ := aes.NewCipher(hkdf(secret, "licensing/certificate/v1/"+licenseId, 32))
		gcm, _ := cipher.NewGCM(block)
		plaintext, err := gcm.Open(nil, decode(segments[2]), append(decode(segments[3]), decode(segments[4])...), []byte(segments[0]))
		if err != nil {
			refuse("decrypt")
		}
		return plaintext
	}
	refuse("secret-unknown")
	return nil
}

// ---- the armour of a file

var (
	hexEscape = regexp.MustCompile(`[=%]([0-9A-Fa-f]{2})|\\+[ux']([0-9A-Fa-f]{4}|[0-9A-Fa-f]{2})`)
	letter    = regexp.MustCompile(`\\+(pard?|line|[abefnrtv0])`)
	tag       = regexp.MustCompile(`<[/!]?[A-Za-z][^<>]{0,200}>`)
	others    = regexp.MustCompile(`[^A-Za-z0-9]`)
	jws       = regexp.MustCompile(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`)
)

// lettersOf undoes what mail, editors, shells and forms do to a text, and keeps its letters and digits.
func lettersOf(text string) string {
	for layer := 0; layer < 3; layer++ {
		text = hexEscape.ReplaceAllStringFunc(text, func(found string) string {
			digits := regexp.MustCompile(`[0-9A-Fa-f]+$`).FindString(strings.TrimLeft(found, `\=%ux'`))
			code, err := strconv.ParseUint(digits, 16, 32)
			if err != nil || code > 127 {
				return " "
			}
			return string(rune(code))
		})
		text = tag.ReplaceAllString(html.UnescapeString(letter.ReplaceAllString(text, "\n")), "\n")
	}
	return others.ReplaceAllString(text, "")
}

func contentOf(text string) string {
	if len(text) == 0 || len(text) > 131072 {
		refuse("size")
	}
	parts := strings.Split(lettersOf(text), "ENDLICENSE")
	found := map[string]bool{}
	for _, before := range parts[:len(parts)-1] {
		at := strings.LastIndex(before, "BEGINLICENSE")
		if at < 0 {
			continue
		}
		content, err := base64.RawStdEncoding.Strict().DecodeString(before[at+len("BEGINLICENSE"):])
		if err == nil && jws.Match(content) {
			found[string(content)] = true
		}
	}
	for content := range found {
		if len(found) == 1 {
			return content
		}
	}
	refuse("armour")
	return ""
}

// ---- the claims

func isMatch(value any, pattern string) bool {
	text, isText := value.(string)
	return isText && regexp.MustCompile(`^(?:`+pattern+`)$`).MatchString(text)
}

func isText(value any, most int) bool {
	text, isText := value.(string)
	return isText && text != "" && len(utf16.Encode([]rune(text))) <= most
}

func isWhole(value any, least int64) bool {
	number, _ := value.(json.Number)
	whole, err := strconv.ParseInt(string(number), 10, 64)
	return err == nil && whole >= least && whole < 1<<53
}

func whole(value any) int64 {
	number, _ := value.(json.Number)
	all, _ := number.Int64()
	return all
}

func isDate(value any) bool { return isWhole(value, 0) && whole(value) <= 253402300799 }

func isBoolean(value any) bool { _, is := value.(bool); return is }

func isInstant(of object, name string) bool {
	value, isThere := of[name]
	const pattern = `\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])(:[0-5]\d){2}\.\d{3}Z`
	return isThere && (value == nil || isMatch(value, pattern))
}

func isPacked(value any) bool {
	text, isText := value.(string)
	data := decode(text)
	return isText && (text == "" || (data != nil && len(data)%8 == 0 && len(data) <= 2400))
}

func isFeature(value any) bool {
	switch value := value.(type) {
	case bool:
		return value
	case string:
		return len(utf16.Encode([]rune(value))) <= 1024
	case json.Number:
		number, err := value.Float64()
		return err == nil && !math.IsInf(number, 0)
	}
	return false
}

func areRegistered(claims object) bool {
	return isText(claims["iss"], 512) && isText(claims["aud"], 512) && isDate(claims["iat"]) && isDate(claims["exp"])
}

func areClaims(claims object, isMachine bool) bool {
	if !areRegistered(claims) || !isMatch(claims["sub"], `[1-9][0-9]{0,18}`) || !isText(claims["jti"], 64) {
		return false
	}
	fingerprint, isForOne := claims["fingerprint"]
	if (isMachine || isForOne) && !(isMatch(fingerprint, `.{11}`) && isPacked(fingerprint)) {
		return false
	}
	of, _ := claims["license"].(object)
	holder, _ := of["holder"].(object)
	features, hasFeatures := of["features"].(object)
	seats, hasSeats := of["seats"].([]any)
	limit, hasLimit := of["activationLimit"]
	_, isPackedForm := of["seatDigests"]
	_, hasTruncated := of["seatDigestsTruncated"]
	_, hasMaintenance := of["maintenanceUntil"]
	for _, feature := range features {
		hasFeatures = hasFeatures && isFeature(feature)
	}
	for _, seat := range seats {
		hasSeats = hasSeats && isMatch(seat, `[A-Za-z0-9_-]{22}`)
	}
	return isWhole(of["sequence"], 1) && isMatch(of["status"], `ACTIVATED|SUSPENDED|EXPIRED|REVOKED`) && isText(of["policy"], 63) &&
		isText(holder["type"], 512) && isText(holder["id"], 512) && hasFeatures && len(features) <= 256 &&
		hasLimit && (limit == nil || isWhole(limit, 0)) && isBoolean(of["fingerprintRequired"]) &&
		hasSeats && len(seats) <= 100 && isBoolean(of["seatsTruncated"]) &&
		(!(isPackedForm || hasTruncated) || (isPacked(of["seatDigests"]) && isBoolean(of["seatDigestsTruncated"]))) &&
		isInstant(of, "startsAt") && isInstant(of, "expiresAt") && isInstant(of, "graceUntil") && (!hasMaintenance || isInstant(of, "maintenanceUntil")) &&
		isMatch(of["lastEventHash"], `[0-9a-f]{64}`)
}

func isBeacon(claims object) bool {
	floors, hasFloors := claims["floors"].(object)
	secrets, hasSecrets := claims["secrets"].([]any)
	for id, floor := range floors {
		hasFloors = hasFloors && isMatch(id, `[1-9][0-9]{0,18}`) && isWhole(floor, 1)
	}
	for _, id := range secrets {
		hasSecrets = hasSecrets && isMatch(id, `[A-Za-z0-9_-]{11}`)
	}
	return areRegistered(claims) && isDate(claims["asOf"]) && whole(claims["asOf"]) <= whole(claims["iat"]) &&
		isDate(claims["floorsSince"]) && whole(claims["floorsSince"]) <= whole(claims["iat"]) &&
		isBoolean(claims["complete"]) && hasFloors && hasSecrets && len(secrets) <= 16 && isWhole(claims["ring"], 0)
}

func parsed(text []byte) (value object) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil || decoder.More() {
		return nil
	}
	return value
}

// verify returns the claims of a text that may be believed, or the reason of the refusal.
func verify(kind, text string, ask asked, t trust) (claims object, reason string) {
	defer func() {
		if refused, is := recover().(refusal); is {
			claims, reason = nil, string(refused)
		}
	}()
	if kind == "file" {
		text = contentOf(text)
	}
	payload, isMachine := signedPayload(kind, text, t)
	if kind == "certificate" {
		payload = opened(payload, ask.LicenseId, t)
	}
	if !utf8.Valid(payload) && kind != "certificate" {
		refuse("payload")
	}
	claims = parsed(payload)
	if claims == nil || (kind == "beacon" && !isBeacon(claims)) || (kind != "beacon" && !areClaims(claims, isMachine)) {
		refuse("claims")
	}
	if kind != "beacon" && claims["sub"] != ask.LicenseId {
		refuse("subject")
	}
	if ask.Issuer != nil && claims["iss"] != *ask.Issuer {
		refuse("issuer")
	}
	if ask.Audience != nil && claims["aud"] != *ask.Audience {
		refuse("audience")
	}
	if whole(claims["iat"]) > ask.Now+60 {
		refuse("issued-in-future")
	}
	if ask.Now >= whole(claims["exp"]) {
		refuse("expired")
	}
	license, _ := claims["license"].(object)
	if (kind == "beacon" && whole(claims["iat"]) < ask.IatFloor) || (kind != "beacon" && whole(license["sequence"]) < ask.SequenceFloor) {
		refuse("rollback")
	}
	return claims, "accepted"
}

// ---- what the license permits

type use struct {
	NowMs       *int64
	Fingerprint *string
	Features    []string
	ReleasedAt  *string
	Answer      string
}

func isPast(of object, name string, nowMs int64) bool {
	text, isText := of[name].(string)
	at, err := time.Parse(time.RFC3339, text)
	return isText && (err != nil || nowMs >= at.UnixMilli())
}

func seatOf(claims object, fingerprint *string) string {
	if fingerprint == nil {
		return "not-asked"
	}
	digest := sha256.Sum256([]byte(fmt.Sprintf("%s:%s", claims["sub"], *fingerprint)))
	if only, isForOne := claims["fingerprint"].(string); isForOne {
		if only == base64url.EncodeToString(digest[:8]) {
			return "held"
		}
		return "none"
	}
	of := claims["license"].(object)
	listed, truncated := []byte{}, of["seatsTruncated"] == true
	if packed, isPackedForm := of["seatDigests"].(string); isPackedForm {
		listed, truncated = decode(packed), of["seatDigestsTruncated"] == true
	} else {
		for _, seat := range of["seats"].([]any) {
			listed = append(listed, decode(seat.(string))[:8]...)
		}
	}
	for at := 0; at < len(listed); at += 8 {
		if bytes.Equal(listed[at:at+8], digest[:8]) {
			return "held"
		}
	}
	if truncated {
		return "unlisted"
	}
	return "none"
}

// answerOf: VALID and GRACE permit; with SEATS_NOT_LISTED only the service can tell; everything else denies.
func answerOf(claims object, nowMs int64, ask use) string {
	of := claims["license"].(object)
	seat := seatOf(claims, ask.Fingerprint)
	features := of["features"].(object)
	status, _ := of["status"].(string)
	_, isForOne := claims["fingerprint"]
	switch {
	case status == "REVOKED" || status == "SUSPENDED":
		return status
	case of["startsAt"] != nil && !isPast(of, "startsAt", nowMs):
		return "NOT_STARTED"
	case isPast(of, "graceUntil", nowMs):
		return "EXPIRED"
	case seat == "not-asked" && (of["fingerprintRequired"] == true || isForOne):
		return "FINGERPRINT_REQUIRED"
	}
	if until, isText := of["maintenanceUntil"].(string); isText && ask.ReleasedAt != nil {
		end, _ := time.Parse(time.RFC3339, until)
		released, err := time.Parse(time.RFC3339, *ask.ReleasedAt)
		if err != nil || released.After(end) {
			return "MAINTENANCE_ENDED"
		}
	}
	for _, code := range ask.Features {
		if _, isGranted := features[code]; !isGranted {
			return "FEATURES_MISSING"
		}
	}
	switch {
	case seat == "none":
		return "NOT_ACTIVATED"
	case seat == "unlisted":
		return "SEATS_NOT_LISTED"
	case isPast(of, "expiresAt", nowMs):
		return "GRACE"
	}
	return "VALID"
}

// ---- the command

func load(path string, into any) {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// runVectors prints a line for each vector and each use, and returns the number of those that aren't as they should be.
func runVectors(folder string) (wrong int) {
	var t trust
	load(filepath.Join(folder, "trust.json"), &t)
	kinds := [][2]string{{"certificates", "certificate"}, {"license-files", "file"}, {"machine-files", "file"}, {"beacons", "beacon"}}
	for _, kind := range kinds {
		var vectors []struct {
			Name, Text, Verdict string
			Asked               asked
			Uses                []use
		}
		load(filepath.Join(folder, kind[0]+".json"), &vectors)
		say := func(name, got, want string) {
			fmt.Printf("%s\t%s\t%s\n", kind[0], name, got)
			if got != want {
				wrong++
			}
		}
		for _, vector := range vectors {
			claims, verdict := verify(kind[1], vector.Text, vector.Asked, t)
			say(vector.Name, verdict, vector.Verdict)
			for _, use := range vector.Uses {
				nowMs := vector.Asked.Now * 1000
				if use.NowMs != nil {
					nowMs = *use.NowMs
				}
				say(vector.Name, answerOf(claims, nowMs, use), use.Answer)
			}
		}
	}
	return wrong
}

func main() {
	args := os.Args[1:]
	if len(args) == 2 && args[0] == "vectors" {
		if runVectors(args[1]) > 0 {
			os.Exit(1)
		}
		return
	}
	if len(args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: verify certificate|file|beacon TEXT TRUST [LICENSE [FINGERPRINT]] | verify vectors FOLDER")
		os.Exit(2)
	}
	var t trust
	load(args[2], &t)
	text, err := os.ReadFile(args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	now, err := strconv.ParseInt(os.Getenv("NOW"), 10, 64)
	if err != nil {
		now = time.Now().Unix()
	}
	ask, question := asked{Now: now}, use{}
	if len(args) > 3 {
		ask.LicenseId = args[3]
	}
	if len(args) > 4 {
		question.Fingerprint = &args[4]
	}
	read := string(text)
	if args[0] != "file" {
		read = strings.TrimSpace(read)
	}
	claims, verdict := verify(args[0], read, ask, t)
	if verdict == "accepted" && args[0] != "beacon" {
		verdict = answerOf(claims, now*1000, question)
	}
	fmt.Println(verdict)
	if verdict != "VALID" && verdict != "GRACE" && !(verdict == "accepted" && args[0] == "beacon") {
		os.Exit(1)
	}
}
