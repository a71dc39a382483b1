import type { Route } from "../../routes.ts";

export type Match = { readonly route: Route; readonly parameters: Readonly<Record<string, string>> };

/**
 * The row that API Gateway would choose: the one with the most fixed segments, from the left; `$default` if none matches. A parameter
 * matches exactly one segment that isn't empty. HEAD is served wherever GET is.
 */
export function matchRoute(routes: readonly Route[], method: string, rawPath: string): Match | undefined {
  const segments = rawPath.split("/");
  const fits = routes
    .filter((route) => route.path !== "$default" && [method === "HEAD" ? "GET" : method, "ANY"].includes(route.method))
    .flatMap((route) => {
      const parameters = fit(route.path.split("/"), segments);
      return parameters === undefined ? [] : [{ route, parameters }];
    })
    .sort((left, right) => rank(right.route.path).localeCompare(rank(left.route.path)));
  const fallback = routes.find((route) => route.path === "$default");
  return fits[0] ?? (fallback === undefined ? undefined : { route: fallback, parameters: {} });
}

function fit(template: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of template.entries()) {
    const segment = segments[index] ?? "";
    const name = /^\{(.+)\}$/.exec(expected)?.[1];
    if (name === undefined ? expected !== segment : segment === "") return undefined;
    if (name !== undefined) parameters[name] = decodeLeniently(segment);
  }
  return parameters;
}

/** Fixed segments before parameters, position by position. */
function rank(path: string): string {
  return path.split("/").map((segment) => (segment.startsWith("{") ? "0" : "1")).join("");
}

function decodeLeniently(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
