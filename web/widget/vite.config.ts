/**
 * Two builds into one folder: the loader, one classic script of one file with a fixed
 * name, and the frame, a page with hashed assets. `npm run build` makes both.
 */
import { defineConfig, type UserConfig } from "vite";

const outDir = "../../src/callingcard/server/static/built/widget";

const loader: UserConfig = {
  build: {
    outDir,
    emptyOutDir: true,
    target: "es2022",
    lib: { entry: "src/loader/main.ts", formats: ["iife"], name: "callingcardLoader", fileName: () => "loader.js" },
    rolldownOptions: { output: { extend: false } },
  },
};

const frame: UserConfig = {
  base: "/static/built/widget/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir,
    emptyOutDir: false, // the loader is there already
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: { input: "frame.html" },
  },
};

export default defineConfig(({ mode }) => (mode === "loader" ? loader : frame));
