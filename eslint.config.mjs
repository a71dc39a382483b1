import tseslint from "typescript-eslint";

/** Only rules of correctness, for faults that types can't express and a reviewer would miss. No rule is about layout. */
export default tseslint.config(
  { ignores: ["node_modules/", ".sst/", ".build/", "**/dist/", "sst-env.d.ts", "sst.config.ts", "test/mutation/**/*.patch.ts"] },
  {
    files: ["**/*.ts", "functions/console/source/*.tsx"],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { "@typescript-eslint": tseslint.plugin },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/no-unnecessary-type-assertion": "error",
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "ImportDeclaration[source.value='zod']",
          message: 'import * as z from "zod/mini" (classic zod puts every method into every bundle).',
        },
        {
          selector: "ImportDeclaration[source.value='zod/mini'] ImportSpecifier[imported.name='z']",
          message: 'import * as z from "zod/mini" (the named import brings every language along).',
        },
        {
          selector: "MemberExpression[object.name='sql'][property.name='raw']",
          message: "sql.raw is an injection waiting to happen; use parameters.",
        },
      ],
    },
  },
  {
    files: ["functions/**/*.ts", "core/**/*.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        { name: "fetch", message: "Use core/platform/transport.ts: it has a deadline and loads no undici." },
      ],
    },
  },
);
