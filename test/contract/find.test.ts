import { beforeAll, describe, expect, test } from "vitest";
import type { CallOptions } from "../support/service.ts";
import { base, startService } from "../support/service.ts";

const service = await startService({ now: "2026-03-01T00:00:00.000Z" });

type License = { readonly id: string; readonly key: string; readonly keyHint: string };

async function issue(body: Readonly<Record<string, unknown>> = {}): Promise<License> {
  const answer = await service.call("POST", `${base}/licenses`, { body: { policy: "plain", holder: { type: "user", id: "ada" }, ...body } });
  expect(answer.status, answer.text).toBe(201);
  return { ...answer.body.license, key: answer.body.key };
}

/** The licenses that a text finds, as `id matchedBy`. */
async function find(text: string, options: CallOptions = {}): Promise<readonly string[]> {
  const answer = await service.call("POST", `${base}/licenses/find`, { body: { text }, ...options });
  expect(answer.status, answer.text).toBe(200);
  return answer.body.data.map(({ license, matchedBy }: { license: { id: string }; matchedBy: string }) => `${license.id} ${matchedBy}`);
}

const bearer = async (...args: Parameters<typeof service.token>): Promise<CallOptions> => ({ authorization: `Bearer ${await service.token(...args)}` });

let acme: License;
let other: License;
beforeAll(async () => {
  await service.call("POST", `${base}/policies`, { body: { code: "plain", name: "Plain" } });
  acme = await issue({ name: "Größe & Söhne 100%", holder: { type: "organization", id: "acme-42" }, metadata: { order: "A-1042", cores: 8, note: 'say "hi" \\ {$.*}' } });
  other = await issue({ name: "Another", holder: { type: "user", id: "eve@example.com" }, key: "Imported-Key-of-Eve_aBcDe", metadata: { order: "A-1043" } });
  await service.call("POST", `${base}/activations`, { body: { licenseId: acme.id, fingerprint: "machine-of-acme" } });
});

describe("find", () => {
  test.each([
    ["a key as it was printed", () => acme.key, "key"],
    ["a key without dashes, in lower case and with look-alikes", () => acme.key.toLowerCase().replaceAll("-", "").replaceAll("0", "o"), "key"],
    ["a key with blanks, line breaks and quotation marks", () => ` “${acme.key.replaceAll("-", " \n")}” `, "key"],
    ["a key with long dashes", () => acme.key.replaceAll("-", "–"), "key"],
    ["an id", () => acme.id, "id"],
    ["an id with blanks around", () => `  ${acme.id}\n`, "id"],
    ["a key hint", () => acme.keyHint, "keyHint"],
    ["a key hint with dots", () => `...${acme.keyHint.slice(1).toLowerCase()}`, "keyHint"],
    ["a fingerprint", () => "machine-of-acme", "fingerprint"],
    ["a holder's id", () => "acme-42", "holder"],
    ["a part of a holder's id in another case", () => "CME-4", "holder"],
    ["a name", () => "Größe & Söhne 100%", "name"],
    ["a name with decomposed letters and invisible characters", () => "Gr\u200böße & Söhne 100%".normalize("NFD"), "name"],
    ["a part of a name in another case", () => "größe & SÖHNE 1", "name"],
    ["a part of a name with a sign of patterns", () => "öhne 100%", "name"],
    ["a text in the metadata", () => "A-1042", "metadata"],
    ["a text in the metadata with signs of JSON paths", () => 'say "hi" \\ {$.*}', "metadata"],
  ])("finds a license by %s", async (_what, text, matchedBy) => {
    expect(await find(text())).toEqual([`${acme.id} ${matchedBy}`]);
  });

  test("finds an imported key by its exact text, and by its hint in the same case", async () => {
    expect(await find("Imported-Key-of-Eve_aBcDe")).toEqual([`${other.id} key`]);
    expect(await find("imported-key-of-eve_abcde")).toEqual([]);
    expect(await find("aBcDe")).toEqual([`${other.id} keyHint`]);
  });

  test.each(["8", "A-104", "machine-of-acm", "%", "100_", "___", "é", "' or true --", "\u202e", "   ", "9".repeat(19), "9".repeat(40), "$.*", "x".repeat(1_024)])("finds nothing by %j", async (text) => {
    expect(await find(text)).toEqual([]);
  });

  test("finds a license by its former key while that works", async () => {
    const { id, key } = await issue();
    const rotated = await service.call("POST", `${base}/licenses/${id}/rotate-key`, { body: { overlapSeconds: 60 } });
    expect([await find(key), await find(rotated.body.key)]).toEqual([[`${id} key`], [`${id} key`]]);
    service.clock.advance(61);
    expect([await find(key), await find(rotated.body.key)]).toEqual([[], [`${id} key`]]);
  });

  test("answers each license once, by its best match: whole texts before parts, then the newest, 20 at most", async () => {
    const text = "needle-holder-1";
    const byPart: string[] = [];
    for (let n = 0; n < 3; n += 1) byPart.push((await issue({ name: `A ${text} ${n}` })).id);
    const byMetadata = await issue({ name: `${text} in metadata`, metadata: { text } });
    const byName = await issue({ name: text, metadata: { text } });
    const byHolder = await issue({ name: text, holder: { type: "user", id: text } });
    const bySeat = await issue();
    await service.call("POST", `${base}/activations`, { body: { licenseId: bySeat.id, fingerprint: text } });
    expect(await find(text)).toEqual([
      `${bySeat.id} fingerprint`, `${byHolder.id} holder`, `${byName.id} name`, `${byMetadata.id} metadata`, ...byPart.toReversed().map((id) => `${id} name`),
    ]);
    for (let n = 0; n < 21; n += 1) await issue({ name: `Crowd ${n}` });
    expect(await find("crowd")).toHaveLength(20);
  });

  test("answers the same license as a read by its id", async () => {
    const { body } = await service.call("POST", `${base}/licenses/find`, { body: { text: acme.id } });
    expect(body.data[0].license).toEqual((await service.call("GET", `${base}/licenses/${acme.id}`)).body);
  });

  test("never logs the text", async () => {
    const text = "a text that is in no license";
    await find(text);
    await service.call("POST", `${base}/licenses/find`, { body: { text, more: text } });
    expect(service.printed.join("\n")).not.toContain("is in no license");
  });

  test.each([{}, { text: "" }, { text: 5 }, { text: null }, { text: "x".repeat(1_025) }, { text: "x", limit: 5 }])("refuses the body %j", async (body) => {
    expect((await service.call("POST", `${base}/licenses/find`, { body })).status).toBe(400);
  });

  test.each(['{"text":"a\\u0000b"}', '{"text":"\\ud800"}'])("refuses the text of %s", async (body) => {
    expect((await service.call("POST", `${base}/licenses/find`, { body })).status).toBe(400);
  });
});

describe("find by", () => {
  const texts = () => [acme.key, acme.id, acme.keyHint, "machine-of-acme", "acme-42", "cme-4", "Größe & Söhne 100%", "öhne", "A-1042"];

  test.each(["admin", "operator", "support", "service", "auditor"] as const)("the role %s finds a license by every text", async (role) => {
    const options = await bearer(role);
    for (const text of texts()) expect([text, (await find(text, options)).length]).toEqual([text, 1]);
  });

  test("the holder finds the license by every text; a stranger and another license's holder find nothing by any", async () => {
    for (const text of texts()) {
      expect([text, (await find(text, await bearer(null, "member", "acme-42"))).map((each) => each.split(" ")[0])]).toEqual([text, [acme.id]]);
      for (const subject of ["stranger", "eve@example.com"]) expect([text, await find(text, await bearer(null, subject))]).toEqual([text, []]);
    }
  });

  test("the new holder or the new key after a hand-over finds nothing by a machine of the former holder", async () => {
    const { id, key } = await issue({ holder: { type: "user", id: "former" } });
    await service.call("POST", `${base}/activations`, { body: { licenseId: id, fingerprint: "machine-of-former" } });
    const after = await service.call("POST", `${base}/licenses/${id}/transfer`, { body: { holder: { type: "user", id: "later" } } });
    expect(await find("machine-of-former")).toEqual([`${id} fingerprint`]);
    expect(await find("machine-of-former", await bearer(null, "later"))).toEqual([]);
    expect(await find("machine-of-former", { authorization: `License ${after.body.key}` })).toEqual([]);
    for (const text of [id, key, "machine-of-former"]) expect(await find(text, await bearer(null, "former"))).toEqual([]);
    expect(await find(id, await bearer(null, "later"))).toEqual([`${id} id`]);
  });

  test("the license's key finds its own license by every text, and no other license by any", async () => {
    for (const text of texts()) {
      expect([text, (await find(text, { authorization: `License ${acme.key}` })).map((each) => each.split(" ")[0])]).toEqual([text, [acme.id]]);
      expect([text, await find(text, { authorization: `License ${other.key}` })]).toEqual([text, []]);
    }
  });
});
