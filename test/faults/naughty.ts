/**
 * Texts of kinds that have broken other services, a few of each kind, written for this one. A text that could be executed somewhere
 * holds `marker`, so that it is recognized in a statement that reaches the database.
 */
export const marker = "zq7x";

const long = "a".repeat(10_000);

export const naughtyStrings: readonly string[] = [
  // The empty text, blanks, and characters that look empty.
  "", " ", "\t", "\n", "\r\n", "\u00a0", "\u200b", "\u2028", "\ufeff", "\u3000", " a ", "a\u0000b", "\u0000", "\u0007", "\u001b[31mred", "\u007f", "\u0085",
  // Words with a meaning elsewhere.
  "null", "undefined", "NaN", "Infinity", "true", "false", "None", "nil", "0", "-1", "1e3", "0x10", "1.0", "1,000", "01", "+1", "9007199254740993",
  "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1".repeat(400), "__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "then", "length",
  // Unicode: other forms of the same text, directions, astral, combining, digits that aren't ours.
  "e\u0301", "\u00e9", "\ufb01", "\u202etxt.exe", "\u2066a\u2069", "\u{1f600}", "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}", "Z\u0351\u036b\u0343\u0363a\u0328l\u0324g\u0315o", "\u0661\u0662\u0663", "\uff11\uff12",
  "\u0130\u0131", "stra\u00dfe", "\u00ff\u00fe", "\ufffd", "\uffff", "\u{10ffff}", "\ud83d\ude00".repeat(300), "田中さん", "Ω≈ç√∫", "ᚠᛇᚻ", "٭",
  // Lone surrogates can't be sent as UTF-8, but as escapes.
  "fp\ud800", "\udfffend", "\ud800\ud800",
  // Long, deep, repeated.
  long, "a".repeat(256), "a".repeat(257), `${"a".repeat(300)}!`, "(".repeat(500), "é".repeat(255), "-".repeat(300),
  // SQL.
  `' or '1'='1' -- ${marker}`, `'; drop table licensing."License"; -- ${marker}`, `1; select pg_sleep(5) -- ${marker}`, `" union select secret_digest from licensing."Credential" -- ${marker}`,
  `\\'; ${marker}`, `$1 ${marker}`, `$$ ${marker} $$`, `') on conflict do nothing; -- ${marker}`, `%' escape '!' ${marker}`, `_%_${marker}`, `E'\\x41' ${marker}`, `1)) or 1=1 /* ${marker}`, `::text ${marker}`, `@@version ${marker}`,
  `admin'/*${marker}`, `1 and 1=(select count(*) from pg_user) ${marker}`, `${marker}';copy x to program 'id';--`, `||(select current_user)||'${marker}`,
  // Code in other languages.
  `<script>alert("${marker}")</script>`, `"><img src=x onerror=${marker}>`, `javascript:${marker}`, `\${7*7}${marker}`, `{{7*7}}${marker}`, `#{7*7}${marker}`, `<%= ${marker} %>`, `\${jndi:ldap://x/${marker}}`, `; ls ${marker}`, `| id ${marker}`, `\`id\` ${marker}`,
  `$(touch ${marker})`, `*)(uid=*))(|(uid=*${marker}`, `=cmd|' /C calc'!A0 ${marker}`, `\r\nSet-Cookie: ${marker}=1`, `\n{"level":"error","message":"${marker}"}`, `../../etc/passwd`, `..\\..\\windows`, `file:///etc/passwd`, `http://169.254.169.254/`, "/dev/null", "CON", "%s%n%x", "%00", "%2e%2e%2f", "&lt;", "\\u0000", "\\",
  '"', "'", "`", ",", ";", ":", "/", "?", "#", "&", "=", "%", "*", "\u2019",
];

/** Values of the wrong kind, as JSON texts, also ones that JSON.stringify wouldn't write. */
export const naughtyValues: readonly string[] = [
  "null", "true", "false", "0", "-1", "1", "1.5", "-0", "1e400", "-1e400", "1e-400", "2147483647", "2147483648", "9007199254740991", "9007199254740992", "9007199254740993", "9223372036854775808", "1234567890123456789012345678901234567890",
  '""', '"1"', '" "', "[]", "[null]", "[[]]", '["a","a"]', "{}", '{"a":1}', '{"$ne":null}', '{"toString":"x"}', '{"constructor":{"prototype":{"isAdmin":true}}}', '{"__proto__":{"isAdmin":true}}',
  `[${"[".repeat(20)}${"]".repeat(20)}]`, `[${Array.from({ length: 2_000 }, () => "1").join(",")}]`,
];

/** Bodies that no route accepts as JSON. `bytes` is latin1 text, so that UTF-8 can be broken. */
export const naughtyBodies: readonly string[] = [
  "{", "}", "[", "]", '{"a"', '{"a":', '{"a":1', '{"a":1,}', "{,}", "{a:1}", "{'a':1}", '{"a" 1}', '{"a":1}}', '{"a":1}{"a":1}', '{"a":01}', '{"a":+1}', '{"a":.5}', '{"a":1.}', '{"a":1e}', '{"a":0x1}', '{"a":NaN}', '{"a":Infinity}', '{"a":nul}', '{"a":True}', '{"a":undefined}',
  '{"a":"\t"}', '{"a":"\n"}', '{"a":"\u0000"}', '{"a":"\\x"}', '{"a":"\\u12"}', '{"a":"\\ud800"}', '{"a":"\\u0000"}', '{"\\u0000":1}', '{"\\ud800":1}', "// c\n{}", "/* c */{}", "{}//", "\u00ef\u00bb\u00bf{}x", "#", "a=1&b=2", "<xml/>", "---\na: 1", "\u0000", "true", "false", "0", "1", '"text"', "[]", "[{}]", "[1,2", "null ,", "NaN",
  '{"reason":1,"reason":"b"}', '{"reason":"a","\\u0072eason":"b"}', '{"__proto__":{"isAdmin":true}}', '{"constructor":{}}', '{"prototype":1}', '{"reason":-0}', '{"reason":1e999}', '{"reason":123456789012345678901234567890}',
  `{"reason":${"[".repeat(17)}${"]".repeat(17)}}`, `${"[".repeat(5_000)}${"]".repeat(5_000)}`, `${'{"a":'.repeat(3_000)}1${"}".repeat(3_000)}`, "[".repeat(60_000), '{"reason":"'.padEnd(70_000, "a"), " ".repeat(66_000),
  '{"reason":"\u00ff"}', '{"reason":"\u00c0\u00af"}', '{"reason":"\u00ed\u00a0\u0080"}', '{"reason":"\u00f4\u0090\u0080\u0080"}', '{"reason":"\u00e2\u0082"}', "\u00ff\u00fe{\u0000}\u0000", '{"reason":"\u0080"}', '{"reason":"\u00f8\u0088\u0080\u0080\u0080"}',
];

/** Functions that each answer another spelling of an existing address. */
export const naughtyPaths: readonly ((path: string) => string)[] = [
  (path) => `/${path}`,
  (path) => `${path}/`,
  (path) => `${path}//`,
  (path) => path.replace("/v1/", "//v1//"),
  (path) => path.replace("/v1/", "/v1/./"),
  (path) => path.replace("/v1/", "/v1/x/../"),
  (path) => path.replace("/v1/", "/v1/%2e%2e/v1/"),
  (path) => path.replace("/v1/", "/v1%2f"),
  (path) => path.replace("/v1/", "/%76%31/"),
  (path) => path.replace("licensing", "Licensing"),
  (path) => path.toUpperCase(),
  (path) => path.replace("licensing/", "licensing;a=b/"),
  (path) => path.replace("licensing/", "licensing/%00"),
  (path) => path.replace("licensing/", "licensing/%0d%0a"),
  (path) => path.replace("licensing/", "licensing\\"),
  (path) => path.replace("licensing/", "licensing/%5c"),
  (path) => `${path}%00`,
  (path) => `${path}%20`,
  (path) => `${path}.json`,
  (path) => `${path};x`,
  (path) => `${path}#x`,
  (path) => `${path}%23`,
  (path) => `${path}%3f`,
  (path) => `${path}/..`,
  (path) => `${path}/.`,
  (path) => `${path}/%2e%2e/healthz`,
  (path) => `${path}/..%2f..%2f`,
  (path) => `${path}?__proto__=1`,
  (path) => `${path}?a`,
  (path) => `${path}?=`,
  (path) => `${path}?limit=1&limit=2`,
  (path) => `${path}?%`,
  (path) => `${path}?%ff=1`,
  (path) => `${path}?a[]=1`,
  (path) => `${path}?${"a=1&".repeat(200)}`,
  (path) => `${path}?a=${"b".repeat(6_000)}`,
  (path) => `http://127.0.0.1${path}`,
  (path) => `http://evil.example${path}`,
  (path) => `${path}%`,
  (path) => `${path}%zz`,
  (path) => `${path}%c0%af`,
  (path) => `${path}%ed%a0%80`,
  (path) => `${path}%u0041`,
  (path) => `${path}${"/a".repeat(600)}`,
  (path) => path.replace(/[0-9]{5,}/, "1%2Factivations"),
  (path) => path.replace(/[0-9]{5,}/, "0"),
  (path) => path.replace(/[0-9]{5,}/, "-1"),
  (path) => path.replace(/[0-9]{5,}/, (id) => `0${id}`),
  (path) => path.replace(/[0-9]{5,}/, (id) => `${id}.0`),
  (path) => path.replace(/[0-9]{5,}/, (id) => `%3${id}`),
  (path) => path.replace(/[0-9]{5,}/, "9223372036854775808"),
  (path) => path.replace(/[0-9]{5,}/, "validate"),
];

/** Header lines as they go over the wire. */
export const naughtyHeaders: readonly string[] = [
  "X-Request-ID: a", `X-Request-ID: ${"a".repeat(5_000)}`, "X-Request-ID: \u001b[31m", "X-Request-ID: {\"level\":\"error\"}", "X-Request-ID: ../../../../x", "X-Request-ID: \u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9",
  "Idempotency-Key: ", "Idempotency-Key: a b", `Idempotency-Key: ${"k".repeat(256)}`, "Idempotency-Key: \u00fc", `Idempotency-Key: ' or 1=1 -- ${marker}`, "Idempotency-Key: a\r\nIdempotency-Key: b",
  "If-Match: *", "If-Match: 1", 'If-Match: W/"1"', 'If-Match: "1","2"', 'If-Match: "-1"', 'If-Match: "99999999999999999999"', 'If-Match: "1e1"', "If-Match: \"",
  "Content-Type: text/plain", "Content-Type: application/json; charset=utf-16", "Content-Type: application/json; charset=utf-8; charset=utf-7", "Content-Type: multipart/form-data; boundary=x", "Content-Type: ", "Content-Type: application/xml", "Content-Type: application/jsonp", "Content-Type: application/x-www-form-urlencoded",
  "Content-Encoding: gzip", "Content-Encoding: br", "Content-Encoding: identity, gzip", "Accept: ,;q=,*/*;q=9", `Accept: ${"a/b,".repeat(2_000)}`, "Accept: \u0007",
  "X-HTTP-Method-Override: DELETE", "X-Method-Override: PUT", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: evil.example", "X-Original-URL: /healthz", "X-Rewrite-URL: /healthz", "Forwarded: for=127.0.0.1", "Host: evil.example", "Host: ", "Origin: null", "Origin: https://evil.example",
  "traceparent: 00-0-0-0", `traceparent: ${"0".repeat(3_000)}`, "traceparent: 00-00000000000000000000000000000000-0000000000000000-00", "tracestate: \u0007", "Cookie: a=b; a=c; =; ;", "Range: bytes=0-", "Expect: 100-continue", "Transfer-Encoding: chunked", "Content-Length: 5", "Content-Length: -1", "Content-Length: 1\r\nContent-Length: 2",
  "Connection: upgrade\r\nUpgrade: websocket", "TE: trailers", "__proto__: x", "constructor: x", `X-Long: ${"a".repeat(20_000)}`, " folded: x", "no-colon", ": empty", "a\u0000b: c",
];

/** `Authorization` values that admit no caller. */
export const naughtyAuthorizations: readonly string[] = [
  "", "Bearer", "Bearer ", "Bearer null", "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", "Bearer  two", "bearer\tx", "Basic", "Basic !!!", "Basic OnB3", "Basic dXNlcg==", "Basic dXNlcjpwYXNz", `Basic ${Buffer.from(`' or 1=1 -- ${marker}:x`).toString("base64")}`, `Basic ${Buffer.from("a\u0000b:c").toString("base64")}`,
  `Basic ${"A".repeat(9_000)}`, "License", "License x", "License LIC-00000-00000-00000-00000-00000", "License ' or '1'='1", "License __proto__", "Digest username=x", "Negotiate YII=", "Token abc", "AWS4-HMAC-SHA256 x", "Bearer a, Bearer b", `Bearer ${"x".repeat(12_000)}`, "\u00fc", "Bearer \u00fc",
];
