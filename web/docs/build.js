// Copies the API browser into the package, so that /docs works offline and under our policy.
import { cpSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const from = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const here = import.meta.dirname;
const to = join(here, "../../src/callingcard/server/static/built/docs");
mkdirSync(to, { recursive: true });
for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) cpSync(join(from, name), join(to, name));
for (const name of ["index.html", "start.js"]) cpSync(join(here, "src", name), join(to, name));
