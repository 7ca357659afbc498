import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import globals from "globals";
import { parser, plugin } from "typescript-eslint";

const ASSETS = "src/spreadscope/dashboard/assets/**/*.js";

export default defineConfig([
  { ignores: ["**/node_modules/", "src/spreadscope/dashboard/assets/vendor/", "**/*.d.ts"] },
  {
    files: ["**/*.js", "**/*.mjs"],
    extends: [js.configs.recommended],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "max-len": ["error", { code: 120 }],
      "no-implicit-coercion": "error",
      "no-throw-literal": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  {
    files: [ASSETS],
    languageOptions: {
      globals: globals.browser,
      parser,
      parserOptions: { project: "frontend/checks/tsconfig.json", tsconfigRootDir: process.cwd() },
    },
    plugins: { "@typescript-eslint": plugin },
    rules: {
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-base-to-string": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/restrict-plus-operands": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
  {
    files: ["tests/**/*.mjs", "frontend/checks/*.js"],
    languageOptions: { globals: globals.node },
  },
]);
