import { createFunction, logicalName } from "./functions.ts";
import { api } from "./gateway.ts";
import { reach } from "./resources.ts";
import { routes } from "./routes.ts";

/** Every row of the route table becomes a function of its own, and a route with its own integration. */
for (const route of routes) {
  const name = logicalName(route.function);
  const routeKey = route.path === "$default" ? route.path : `${route.method} ${route.path}`;
  const created = createFunction({
    name,
    handler: `functions/${route.function}.handler`,
    description: routeKey,
    // A function that touches nothing answers from memory; the others verify signatures, for which half a processor is too slow.
    memory: route.touches.every((touch) => touch === "origins") ? "512 MB" : "1024 MB",
    ...reach(route.touches),
    ...(route.assets === undefined ? {} : { copyFiles: [{ from: `functions/${route.assets}`, to: "assets" }] }),
  });
  const { nodes } = api.route(routeKey, created.arn, { name });
  if (route.method !== "GET") continue;
  // The gateway takes HEAD and GET for two methods: the function answers both.
  new aws.apigatewayv2.Route(`${name}Head`, {
    apiId: api.nodes.api.id,
    routeKey: `HEAD ${route.path}`,
    target: $interpolate`integrations/${nodes.integration.id}`,
    authorizationType: "NONE",
  });
}
