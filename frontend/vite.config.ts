import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vitest/config";

// Built files go where django-vite looks for them (settings: DJANGO_VITE). The base is relative, so that
// chunks find each other under any STATIC_URL; the dev server answers under the path Django would use.
export default defineConfig(({ command }) => ({
  base: command === "build" ? "./" : "/static/dist/",
  plugins: [tailwindcss()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    sourcemap: true,
    // A data: script or font would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: "src/main.ts" },
  },
  server: { port: 5173, strictPort: true, origin: "http://localhost:5173" },
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node" },
}));
