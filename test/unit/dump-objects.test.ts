import { describe, expect, test } from "vitest";
import { ObjectError, objectsOf } from "@licensing/core/dump/objects.store.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { TransportError, type Outgoing } from "@licensing/core/platform/transport.ts";

type Answer = { readonly status: number; readonly text?: string } | "broken";

/** A runtime whose bucket gives these answers in turn, and the requests that the bucket got. */
function bucketAnswering(...answers: readonly Answer[]): { readonly runtime: Runtime; readonly asked: Outgoing[] } {
  const asked: Outgoing[] = [];
  const send = (request: Outgoing) => {
    const answer = answers[asked.length];
    asked.push(request);
    if (answer === undefined || answer === "broken") return Promise.reject(new TransportError("broken", true));
    return Promise.resolve({ status: answer.status, text: answer.text ?? "" });
  };
  const environment = { AWS_REGION: "eu-central-1", AWS_ACCESS_KEY_ID: "id of a test", AWS_SECRET_ACCESS_KEY: "key of a test" };
  return { runtime: createRuntime({ environment, transport: { send, close: () => undefined } }), asked };
}

describe("a bucket of dumps", () => {
  test("is read and written by signed requests to its own host", async () => {
    const { runtime, asked } = bucketAnswering({ status: 200, text: "sealed" }, { status: 200 }, { status: 200 });
    const objects = objectsOf(runtime, { bucket: "our-dumps" });
    expect(await objects.get("2027-03-01/manifest")).toBe("sealed");
    expect(await objects.add("2027-03-01/part-000001", "sealed")).toBe(true);
    await objects.replace("latest", "2027-03-01");
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET https://our-dumps.s3.eu-central-1.amazonaws.com/2027-03-01/manifest",
      "PUT https://our-dumps.s3.eu-central-1.amazonaws.com/2027-03-01/part-000001",
      "PUT https://our-dumps.s3.eu-central-1.amazonaws.com/latest",
    ]);
    for (const { headers } of asked) expect(headers?.["Authorization"]).toMatch(/^AWS4-HMAC-SHA256 Credential=id of a test\/\d{8}\/eu-central-1\/s3\/aws4_request/);
    expect(asked[1]?.headers?.["If-None-Match"]).toBe("*");
    expect(asked[1]?.headers?.["Authorization"]).toContain("if-none-match");
    expect(asked[2]?.headers?.["If-None-Match"]).toBeUndefined();
  });

  test("has no object where S3 answers 404, and keeps the one that is there", async () => {
    const { runtime } = bucketAnswering({ status: 404 }, { status: 412 });
    const objects = objectsOf(runtime, { bucket: "our-dumps" });
    expect(await objects.get("latest")).toBeUndefined();
    expect(await objects.add("part", "another")).toBe(false);
  });

  test("is asked again after a failure that may pass", async () => {
    const { runtime, asked } = bucketAnswering("broken", { status: 503 }, { status: 200, text: "at last" });
    expect(await objectsOf(runtime, { bucket: "our-dumps" }).get("latest")).toBe("at last");
    expect(asked).toHaveLength(3);
  });

  test.each<readonly [string, readonly Answer[], number]>([
    ["may not be read", [{ status: 403, text: "<Error>key of a test</Error>" }], 1],
    ["goes on failing", [{ status: 500 }, { status: 500 }, { status: 500 }, { status: 500 }], 4],
    ["never answers", ["broken", "broken", "broken", "broken"], 4],
  ])("that %s is named in an error that quotes nothing of it", async (_how, answers, count) => {
    const { runtime, asked } = bucketAnswering(...answers);
    const error: unknown = await objectsOf(runtime, { bucket: "our-dumps" }).get("latest").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ObjectError);
    expect((error as Error).message).toMatch(/^The bucket of the dumps (answers \d{3}|doesn't answer)/);
    expect((error as Error).message).not.toContain("key of a test");
    expect(asked).toHaveLength(count);
  });

  test("in another region is asked there, and requests are signed for that region", async () => {
    const { runtime, asked } = bucketAnswering({ status: 200, text: "sealed" });
    await objectsOf(runtime, { bucket: "our-dumps", region: "eu-west-1" }).get("latest");
    expect(asked[0]?.url).toBe("https://our-dumps.s3.eu-west-1.amazonaws.com/latest");
    expect(asked[0]?.headers?.["Authorization"]).toContain("/eu-west-1/s3/aws4_request");
  });

  test("isn't used without a role", async () => {
    const runtime = createRuntime({ environment: {} });
    await expect(objectsOf(runtime, { bucket: "our-dumps" }).get("latest")).rejects.toThrow(/AWS_REGION/);
  });
});
