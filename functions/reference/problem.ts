import { accepted } from "@licensing/core/http/accept.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { problemPage } from "@licensing/core/http/problem-page.ts";
import { problemType } from "@licensing/core/http/address.ts";
import { adviceOf, explanations } from "@licensing/core/problem/explanations.ts";
import { exampleMembers } from "@licensing/core/problem/members.ts";
import type { ProblemCode } from "@licensing/core/problem/problem.ts";
import { problems } from "@licensing/core/problem/catalogue.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";
import * as z from "zod/mini";

const contentTypes = ["application/json", "text/html"] as const;

const advice = z.string().check(z.meta({ description: "Cause and remedy in one text." }));

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
      body: z.strictObject({ type: z.string(), code: z.string(), title: z.string(), status: z.int(), cause: z.string(), remedy: z.string(), advice }),
    },
  },
  problems: ["not-found"],
} as const satisfies Contract;

export const handler = endpoint(contract, ({ params, header, origin }) => {
  if (!Object.hasOwn(problems, params.type)) return throwProblem("not-found");
  const code = params.type as ProblemCode;
  const text = { code, title: problems[code].title, status: problems[code].status, ...explanations[code] };
  const headers = { vary: "accept" };
  if (accepted(header("accept"), contentTypes) === "text/html") return Promise.resolve(problemPage({ ...text, example: exampleOf(code, origin) }, headers));
  return Promise.resolve({ status: 200, body: { type: problemType(origin, code), ...text, advice: adviceOf(code) }, headers });
});

/** A problem document as an answer holds it, with the members of every problem and its own. */
function exampleOf(code: ProblemCode, origin: string) {
  const { title, status } = problems[code];
  const requestId = "7d9f1c2e4b6a8035";
  const detail = adviceOf(code);
  const ofOldService = { statusCode: status, message: detail, messageCode: `licensing.${code}` };
  return { type: problemType(origin, code), title, status, detail, instance: `urn:request:${requestId}`, code, requestId, ...ofOldService, ...exampleMembers[code] };
}
