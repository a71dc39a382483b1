import type { Reply } from "./reply.ts";

type ProblemText = { readonly code: string; readonly title: string; readonly status: number; readonly cause: string; readonly remedy: string; readonly example: unknown };

/** A problem as an HTML page without scripts, styles or external resources. */
export function problemPage(problem: ProblemText, headers: Readonly<Record<string, string>>): Reply {
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(problem.title)}</title>
<h1>${escape(problem.title)}</h1>
<p><code>${escape(problem.code)}</code>, HTTP ${problem.status}</p>
<h2>Cause</h2>
<p>${marked(problem.cause)}</p>
<h2>Remedy</h2>
<p>${marked(problem.remedy)}</p>
<h2>Example</h2>
<pre>${escape(JSON.stringify(problem.example, null, 2))}</pre>
<p><a href="../docs">The contract</a></p>
</html>
`;
  const policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  return { status: 200, body, headers: { ...headers, "content-type": "text/html; charset=utf-8", "content-security-policy": policy } };
}

/** Names of members and headers stand between backquotes. */
function marked(text: string): string {
  return escape(text).replaceAll(/`([^`]*)`/g, "<code>$1</code>");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
