import { accepted } from "@licensing/core/http/accept.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { problemPage } from "@licensing/core/http/problem-page.ts";
import { problemType } from "@licensing/core/http/address.ts";
import { advice } from "@licensing/core/problem/advice.ts";
import type { ProblemCode } from "@licensing/core/problem/problem.ts";
import { problems } from "@licensing/core/problem/catalogue.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";
import * as z from "zod/mini";

const contentTypes = ["application/json", "text/html"] as const;

export const contract = {
  summary: "Read about a problem",
  description: "The page at the address in a problem's `type` explains the problem and how to act on it: as JSON for programs, as `text/html` for people.",
  permission: "public",
  params: z.strictObject({
    type: z.string().check(z.meta({ description: "A problem's code.", examples: ["not-found"] })),
  }),
  replies: {
    200: {
      description: "The problem.",
      contentType: contentTypes,
      body: z.strictObject({ type: z.string(), code: z.string(), title: z.string(), status: z.int(), advice: z.string() }),
    },
  },
  problems: ["not-found"],
} as const satisfies Contract;

export const handler = endpoint(contract, ({ params, header, origin }) => {
  if (!Object.hasOwn(problems, params.type)) return throwProblem("not-found");
  const code = params.type as ProblemCode;
  const { title, status } = problems[code];
  const headers = { vary: "accept" };
  if (accepted(header("accept"), contentTypes) === "text/html") {
    return Promise.resolve(problemPage({ code, title, status, advice: advice[code], example: exampleOf(code, origin) }, headers));
  }
  return Promise.resolve({ status: 200, body: { type: problemType(origin, code), code, title, status, advice: advice[code] }, headers });
});

/** A problem document as an answer holds it, with the members of every problem. */
function exampleOf(code: ProblemCode, origin: string) {
  const { title, status } = problems[code];
  const requestId = "7d9f1c2e4b6a8035";
  const ofOldService = { statusCode: status, message: title, messageCode: `licensing.${code}` };
  return { type: problemType(origin, code), title, status, instance: `urn:request:${requestId}`, code, requestId, ...ofOldService };
}
