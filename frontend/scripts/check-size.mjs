// The stream page may load at most 60 KB of script, gzipped, before the video player's own chunk. What is large and not always
// needed is loaded by nobody before it is.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 60 * 1024;
const dist = new URL("../../static/dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", dist), "utf8"));
const islands = ["stream-player", "stream-bar", "room", "gifts", "tips", "gift-goal", "gift-board"].map((name) => `src/features/${name}/island.tsx`);

const files = new Set();
const collect = (key) => {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`${key} is not in the manifest`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  (chunk.imports ?? []).forEach(collect);
};
["src/main.ts", ...islands].forEach(collect);

const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist))).length, 0);
console.log(`stream page: ${(bytes / 1024).toFixed(1)} KB of script gzipped in ${files.size} files (limit 60)`);
if (bytes > LIMIT_BYTES) process.exit(1);

const LARGE = /livekit-client|stream-player\/hls\./;
const atOnce = (key, seen = new Set()) => {
  if (!seen.has(key)) {
    seen.add(key);
    (manifest[key]?.imports ?? []).forEach((next) => atOnce(next, seen));
  }
  return [...seen];
};
const first = Object.keys(manifest).filter((key) => key === "src/main.ts" || key.endsWith("/island.tsx"));
const early = first.flatMap((key) => atOnce(key).filter((chunk) => LARGE.test(chunk)).map((chunk) => `${key} loads ${chunk}`));
if (early.length > 0) {
  console.error(`too early: ${early.join(", ")}`);
  process.exit(1);
}
