import { defineConfig } from "vite";

/** `vite build` makes the script, `vite build --mode module` the ES module beside it. */
export default defineConfig(({ mode }) => {
  const module = mode === "module";
  return {
    base: "/static/built/client/",
    build: {
      outDir: "../../src/callingcard/server/static/built/client",
      emptyOutDir: !module,
      target: "es2022",
      // Vite leaves the spaces in libraries for other tools to remove; this one is served as it is.
      rolldownOptions: { output: { minify: true } },
      lib: {
        entry: module ? "src/index.ts" : "src/auto.ts",
        name: "callingcardScript",
        formats: [module ? "es" : "iife"],
        fileName: () => (module ? "callingcard.mjs" : "callingcard.js"),
      },
    },
  };
});
