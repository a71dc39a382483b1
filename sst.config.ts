/// <reference path="./.sst/platform/config.d.ts" />

/**
 * The deployment: the app's name, the stages whose resources are kept, and the providers with their exact versions (they are not
 * in package-lock.json). SST forbids imports at the top, so the resources are in `infra/`.
 */
export default $config({
  app(input) {
    const isProduction = input.stage === "production";
    return {
      name: "licensing",
      home: "aws",
      removal: isProduction ? "retain" : "remove",
      protect: isProduction,
      providers: {
        aws: { version: "7.20.0", region: "eu-central-1" },
        neon: "0.13.0",
        "@upstash/pulumi": "0.5.0",
        random: "4.16.6",
        // The version that SST's own components use.
        command: "1.0.1",
      },
    };
  },
  async run() {
    const { secretsChecked } = await import("./infra/secrets.ts");
    await secretsChecked;
    const { publicUrl } = await import("./infra/gateway.ts");
    const { neonProjectId } = await import("./infra/database.ts");
    const { signingKeyParameterName } = await import("./infra/signing-key.ts");
    await import("./infra/api.ts");
    await import("./infra/schedules.ts");
    await import("./infra/redis-budget.ts");
    await import("./infra/alarms.ts");
    await import("./infra/budget.ts");
    await import("./infra/pipeline.ts");
    await import("./infra/local-work.ts");
    return { publicUrl, neonProjectId, signingKeyParameterName };
  },
});
