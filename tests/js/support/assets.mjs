// Where the modules of the pages are.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ASSETS = fileURLToPath(new URL("../../../src/spreadscope/dashboard/assets/", import.meta.url));

// Those of ours; what is in `vendor` is not.
export function ownModules() {
  const found = readdirSync(ASSETS, { recursive: true, encoding: "utf8" });
  return found.filter((path) => path.endsWith(".js") && !path.startsWith("vendor")).map((path) => join(ASSETS, path));
}
