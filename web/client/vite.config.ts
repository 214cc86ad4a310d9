import { defineConfig } from "vite";

const OTHERS = [
  "chatwoot",
  "crisp",
  "drift",
  "front",
  "helpscout",
  "intercom",
  "tawk",
  "zendesk",
];

/**
 * `vite build` makes the script, `vite build --mode module` the ES module beside it, and
 * `vite build --mode platforms` the small files in `callingcard/` that either fetches.
 */
export default defineConfig(({ mode }) => {
  const lib = {
    production: { entry: "src/auto.ts", formats: ["iife" as const], fileName: () => "callingcard.js" },
    module: { entry: "src/index.ts", formats: ["es" as const], fileName: () => "callingcard.mjs" },
    platforms: {
      entry: Object.fromEntries(OTHERS.map((name) => [name, `src/platforms/${name}.ts`])),
      formats: ["es" as const],
      fileName: (_: string, name: string) => `callingcard/${name}.js`,
    },
  }[mode];
  if (!lib) throw new Error(`no build is called ${mode}`);
  return {
    base: "/static/built/client/",
    build: {
      outDir: "../../src/callingcard/server/static/built/client",
      emptyOutDir: mode === "production",
      target: "es2022",
      // Vite leaves the spaces in libraries for other tools to remove; this one is served as it is.
      rolldownOptions: { output: { minify: true } },
      lib: { name: "callingcardScript", ...lib },
    },
  };
});
